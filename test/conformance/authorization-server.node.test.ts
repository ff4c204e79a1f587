import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Platform, start } from '../support/platform.ts'
import { runAuthorizationSuite } from './referee.node.ts'

let platform: Platform
beforeAll(async () => {
  platform = await start()
})
afterAll(() => platform?.stop())

describe('the official suite for authorization servers', () => {
  it('A-17 passes for a client whose person a script plays', async () => {
    const checks = [...(await runAuthorizationSuite(platform.origin)).values()].flat()
    expect(checks.filter(({ status }) => status !== 'SUCCESS')).toEqual([])
    expect(checks.map(({ id }) => id)).toContain('authorization-code-grant')
  })
})
