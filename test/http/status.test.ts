import { describe, expect, it } from 'vitest'
import { type ConformanceRun, conformanceResponse } from '../../src/http/routes/status'
import { answerOf, platform } from './platform'

const ask = (headers = {}) => new Request('http://127.0.0.1/status/conformance', { headers })
const verdicts = { passed: 37, warned: 0, skipped: 0, failed: 0 }
const RUN: ConformanceRun = {
  at: '2026-11-27T12:00:00.000Z',
  commit: '6eba05368e3919bec78a6ed4bc7951f4f58691ab',
  modified: false,
  referee: '@modelcontextprotocol/conformance 0.2.0-alpha.12',
  suites: [{ name: '2026-07-28', scored: verdicts, notScored: { ...verdicts, passed: 3 } }],
}

describe('/status/conformance', () => {
  it('is there for everybody, and says a run or that there was none', async () => {
    const { status, headers, body } = await answerOf(await platform.fetch('/status/conformance'))
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('no-cache')
    expect(typeof body.ran).toBe('boolean')
    if (!body.ran) expect(body.remedy).toContain('npm run conformance -- --write')
  })

  it('says that nothing was run', async () => {
    const { body } = await answerOf(await conformanceResponse(ask(), undefined))
    expect(body.ran).toBe(false)
  })

  it('says what was found, of which sources and when', async () => {
    const { body, headers } = await answerOf(await conformanceResponse(ask(), RUN))
    expect(body).toEqual({ ran: true, ...RUN })
    const again = await conformanceResponse(
      ask({ 'if-none-match': headers.get('etag') ?? '' }),
      RUN,
    )
    expect(again.status).toBe(304)
  })
})
