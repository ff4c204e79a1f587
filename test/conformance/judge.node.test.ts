import { describe, expect, it } from 'vitest'
import { type Check, type Gap, judge, type Verdict } from './judge.ts'

const check = (status: Check['status'], id = 'a-check'): Check => ({ id, status })
const gap = (over: Partial<Gap> = {}): Gap => ({
  missing: 'the feature',
  suites: ['one'],
  scenarios: ['listed'],
  ...over,
})
const problemsOf = (scenario: string, checks: Check[], gaps: Gap[] = []) =>
  judge('one', new Map([[scenario, checks]]), gaps).problems

describe('the judge of conformance runs', () => {
  it.each<[string, Check[], Verdict]>([
    ['only successes and remarks', [check('SUCCESS'), check('INFO')], 'passed'],
    ['a failure among successes', [check('SUCCESS'), check('FAILURE')], 'failed'],
    ['no check at all, which is how a time-out looks', [], 'failed'],
    ['a warning', [check('SUCCESS'), check('WARNING')], 'warned'],
    ['a skipped check', [check('SUCCESS'), check('SKIPPED')], 'skipped'],
    ['remarks only, so that nothing was checked', [check('INFO')], 'skipped'],
  ])('takes %s for what it is', (_, checks, verdict) => {
    const { totals } = judge('one', new Map([['some', checks]]), [])
    expect(totals).toEqual({ passed: 0, warned: 0, skipped: 0, failed: 0, [verdict]: 1 })
  })

  it.each(['FAILURE', 'WARNING', 'SKIPPED'] as const)(
    'refuses %s in an unlisted scenario',
    (it) => {
      expect(problemsOf('some', [check(it)])).toEqual([expect.stringContaining(`${it} a-check`)])
    },
  )

  it('lets a listed scenario fail', () => {
    expect(problemsOf('listed', [check('FAILURE')], [gap()])).toEqual([])
  })

  it('refuses a listed scenario that passes', () => {
    expect(problemsOf('listed', [check('SUCCESS')], [gap()])).toEqual([
      'listed: passes now; take it off the list (the feature)',
    ])
  })

  it('refuses a listed scenario that was not run', () => {
    expect(problemsOf('some', [check('SUCCESS')], [gap()])).toEqual([
      'listed: is listed but was not run',
    ])
  })

  it('does not take a gap of another suite for one of this', () => {
    const elsewhere = gap({ suites: ['two'] })
    expect(problemsOf('listed', [check('FAILURE')], [elsewhere])).toHaveLength(1)
  })

  it('holds a listed scenario to the checks that are not listed with it', () => {
    const listed = gap({ checks: ['known'] })
    expect(problemsOf('listed', [check('SKIPPED', 'known')], [listed])).toEqual([])
    expect(
      problemsOf('listed', [check('SKIPPED', 'known'), check('WARNING', 'new')], [listed]),
    ).toEqual([expect.stringContaining('WARNING new')])
    expect(problemsOf('listed', [check('FAILURE', 'new')], [listed])).toEqual([
      expect.stringContaining('FAILURE new'),
      'listed: known is listed but does not fail',
    ])
  })
})
