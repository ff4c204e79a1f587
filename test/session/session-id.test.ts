import { beforeAll, describe, expect, it } from 'vitest'
import { createSealer, emptySealerCache, type Ring, type Sealer } from '../../src/keys'
import { mintSessionId, openSessionId } from '../../src/session'
import { answerOf, openSession, post, type Session, startPlatform } from '../http/platform'

const DAY = 86_400
const NOW = 1_800_000_000

const ring: Ring = {
  current: { id: 7, secret: new Uint8Array(32).buffer, createdAt: NOW, verifiesUntil: null },
  older: [],
  idSecret: new Uint8Array(32).buffer,
}

const sealerOf = (tenant = 'default', readable = ring): Sealer =>
  createSealer({ tenant, readRing: async () => readable, now: () => NOW }, emptySealerCache())

const claims = {
  module: 'lab',
  principal: 'someone',
  client: '',
  revision: '2025-11-25' as const,
  capabilities: 0,
  clientName: 'tests',
  clientVersion: '1',
  jurisdiction: undefined,
}

describe('a sealed session id', () => {
  it('H-31 is visible ASCII and never the same twice, in ten thousand', async () => {
    const sealer = sealerOf()
    const ids = await Promise.all(
      Array.from({ length: 10_000 }, () => mintSessionId(sealer, claims, NOW)),
    )
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.every((id) => /^[\x21-\x7e]+$/.test(id))).toBe(true)
    const opened = await Promise.all(
      ids.slice(0, 1000).map((id) => openSessionId(sealer, id, 'lab', NOW)),
    )
    expect(new Set(opened.map((session) => session?.id)).size).toBe(1000)
    // 128 random bits each.
    expect(opened.every((session) => session?.id.length === 22)).toBe(true)
  })

  it('H-40 gives back what was negotiated', async () => {
    const sealed = { ...claims, revision: '2025-03-26' as const, capabilities: 9 }
    const id = await mintSessionId(sealerOf(), { ...sealed, jurisdiction: 'eu' }, NOW)
    expect(await openSessionId(sealerOf(), id, 'lab', NOW)).toMatchObject({
      ...sealed,
      jurisdiction: 'eu',
      issuedAt: NOW,
      expiresAt: NOW + 30 * DAY,
    })
  })

  it('H-34, H-38 is over after thirty days, whatever happened in between', async () => {
    const id = await mintSessionId(sealerOf(), claims, NOW)
    expect(await openSessionId(sealerOf(), id, 'lab', NOW + 30 * DAY - 1)).toBeDefined()
    expect(await openSessionId(sealerOf(), id, 'lab', NOW + 30 * DAY)).toBeUndefined()
  })

  it('H-38 is of one tenant and one module', async () => {
    const id = await mintSessionId(sealerOf(), claims, NOW)
    expect(await openSessionId(sealerOf('acme'), id, 'lab', NOW)).toBeUndefined()
    expect(await openSessionId(sealerOf(), id, 'other', NOW)).toBeUndefined()
  })

  it('H-31 is opened by no other key', async () => {
    const id = await mintSessionId(sealerOf(), claims, NOW)
    const secret = new Uint8Array(32).fill(1).buffer
    const foreign = { ...ring, current: { ...ring.current, secret } }
    expect(await openSessionId(sealerOf('default', foreign), id, 'lab', NOW)).toBeUndefined()
  })

  it('H-31 is nothing when it was sealed for another purpose', async () => {
    const sealer = sealerOf()
    const cookie = await sealer.seal('cookie', ['id', 'lab', 'someone'])
    expect(await openSessionId(sealer, cookie, 'lab', NOW)).toBeUndefined()
  })

  it('H-31 is refused with any one of its bits turned', async () => {
    const sealer = sealerOf()
    const id = await mintSessionId(sealer, claims, NOW)
    const bytes = Uint8Array.from(atob(id.replaceAll('-', '+').replaceAll('_', '/')), (c) =>
      c.charCodeAt(0),
    )
    const flipped = Array.from({ length: bytes.length * 8 }, (_, bit) => {
      const copy = bytes.slice()
      copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      return btoa(String.fromCharCode(...copy))
        .replaceAll('+', '-')
        .replaceAll('/', '_')
        .replaceAll('=', '')
    })
    const opened = await Promise.all(flipped.map((text) => openSessionId(sealer, text, 'lab', NOW)))
    expect(opened.every((session) => session === undefined)).toBe(true)
  })
})

describe('an id that opens nothing', () => {
  let session: Session
  let hostile: Record<string, string>
  let expected: { status: number; text: string }

  beforeAll(async () => {
    session = await openSession('2025-11-25')
    const { id } = session
    const middle = Math.floor(id.length / 2)
    const other = id[middle] === 'A' ? 'B' : 'A'
    hostile = {
      'made up': 'made-up',
      empty: '',
      'a UUID': crypto.randomUUID(),
      'of the module next door': (await openSession('2025-11-25', {}, { path: '/other/mcp' })).id,
      'of another tenant': (
        await openSession(
          '2025-11-25',
          {},
          { platform: startPlatform({ vars: { TENANT: 'acme' } }) },
        )
      ).id,
      'changed in the middle': `${id.slice(0, middle)}${other}${id.slice(middle + 1)}`,
      'cut short': id.slice(0, -1),
      'cut to its head': id.slice(0, 7),
      'with more behind it': `${id}A`,
      padded: `${id}=`,
      'in other words': id.replaceAll('-', '+').replaceAll('_', '/').concat('+'),
      'of another version': `Ag${id.slice(2)}`,
      twice: `${id}, ${id}`,
      'in upper case': id.toUpperCase(),
      'a path': '../../etc/passwd',
      'very long': 'A'.repeat(20_000),
    }
    const answer = await answerOf(await session.post(ping, { headers: { 'mcp-session-id': 'x' } }))
    expected = { status: answer.status, text: answer.text }
  })

  const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }

  it.each([
    'made up',
    'empty',
    'a UUID',
    'of the module next door',
    'of another tenant',
    'changed in the middle',
    'cut short',
    'cut to its head',
    'with more behind it',
    'padded',
    'in other words',
    'of another version',
    'twice',
    'in upper case',
    'a path',
    'very long',
  ])('H-34, H-37, H-38 gets the one answer that all get: %s', async (kind) => {
    const headers = { 'mcp-session-id': hostile[kind] }
    const { status, text } = await answerOf(await session.post(ping, { headers }))
    expect({ status, text }).toEqual(expected)
    expect(status).toBe(404)
    expect(JSON.parse(text)).toMatchObject({ jsonrpc: '2.0', id: 1, error: { code: -32600 } })
  })

  it('H-34 is 404 for notifications, responses and arrays too', async () => {
    const headers = { 'mcp-session-id': 'made-up' }
    for (const body of [
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      { jsonrpc: '2.0', id: 1, result: {} },
      [ping],
    ]) {
      expect((await session.post(body, { headers })).status).toBe(404)
    }
  })

  it('H-33 is 400 when there is none at all', async () => {
    const { status, body } = await answerOf(await post(ping))
    expect(status).toBe(400)
    expect(body).toMatchObject({ id: 1, error: { code: -32600 } })
  })

  it('H-40 is not one that another isolate sealed, under a header of any case', async () => {
    const elsewhere = startPlatform()
    const answer = await answerOf(
      await post(ping, { platform: elsewhere, headers: { 'MCP-SESSION-ID': session.id } }),
    )
    expect(answer).toMatchObject({ status: 200, body: { result: {} } })
  })

  it('H-37 does not open a module that asks for sign-in', async () => {
    const id = await sealedFor('closed')
    const answer = await answerOf(
      await post(ping, { path: '/closed/mcp', headers: { 'mcp-session-id': id } }),
    )
    expect(answer.status).toBe(401)
  })
})

/** What `initialize` would seal for a module, under the platform's own keys. */
async function sealedFor(module: string): Promise<string> {
  const { env } = await import('cloudflare:workers')
  const keys = env.KEY_RING.get(env.KEY_RING.idFromName('default/keys'))
  const now = Math.floor(Date.now() / 1000)
  const sealer = createSealer(
    { tenant: 'default', readRing: (at) => keys.ring(at), now: () => now },
    emptySealerCache(),
  )
  const id = await mintSessionId(sealer, { ...claims, module }, now)
  if (!(await openSessionId(sealer, id, module, now))) throw new Error('the seal is not good')
  return id
}
