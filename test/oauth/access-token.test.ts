import { describe, expect, it, vi } from 'vitest'
import {
  type AccessTokenPorts,
  checkAccessToken,
  emptyAccessTokenCache,
  sha256,
} from '../../src/oauth'

const RESOURCE = 'https://mcp.example.com/vault/mcp'
const TOKENS = ['user.mac:grant:one', 'user.mac:grant:two']

function checking() {
  const cache = emptyAccessTokenCache()
  let now = 1_800_000_000
  const record = {
    expiresAt: now + 3600,
    audience: RESOURCE,
    grant: { clientId: 'client', scope: ['vault:read'] },
  }
  const useToken = vi.fn(async () => JSON.stringify(record))
  const ports: AccessTokenPorts = {
    useToken,
    noteChallenge: async () => {},
    isUserId: async () => true,
    roleOf: async () => 'member',
    now: () => now,
  }
  const control = { freshness: 'fresh', epoch: 1, isCut: () => false } as const
  return {
    cache,
    useToken,
    pass: (seconds: number) => {
      now += seconds
    },
    check: (token: string) => checkAccessToken(token, RESOURCE, control, cache, ports),
  }
}

describe('what an isolate remembers of access tokens', () => {
  it('is read once, by the hash of the token', async () => {
    const { cache, useToken, check } = checking()
    const [first = ''] = TOKENS
    expect(await check(first)).toEqual(await check(first))
    expect(useToken).toHaveBeenCalledTimes(1)
    expect([...cache.grants.keys()]).toEqual([await sha256(first)])
  })

  it('is read again when its object was reset while it was asked', async () => {
    const { useToken, check } = checking()
    const [first = ''] = TOKENS
    useToken.mockRejectedValueOnce(new Error('reset by a deploy'))
    expect(await check(first)).toMatchObject({ clientId: 'client' })
    expect(useToken).toHaveBeenCalledTimes(2)
  })

  it('has the tokens themselves for two seconds only', async () => {
    const { cache, check, pass } = checking()
    const [first = '', second = ''] = TOKENS
    await check(first)
    expect([...cache.hashes.keys()]).toEqual([first])
    pass(2)
    await check(second)
    expect([...cache.hashes.keys()]).toEqual([second])
    expect(cache.grants.size).toBe(2)
  })

  it('ends with the token', async () => {
    const { cache, check, pass } = checking()
    const [first = ''] = TOKENS
    await check(first)
    pass(3600)
    expect(await check(first)).toBeUndefined()
    expect(cache.grants.size).toBe(0)
  })
})
