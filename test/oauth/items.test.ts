/** Resources and prompts behind an access token. @module */
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Connection, connect, request } from '../support/oauth-flow'
import { answer, site } from './driver'

let nora: Connection
let otto: Connection
beforeAll(async () => {
  nora = await connect(site, { module: 'desk', scope: 'desk:read' })
  otto = await connect(site, { module: 'desk', scope: 'desk:write' })
})

const ask = async (method: string, params: Record<string, unknown>, as = nora) =>
  answer(await request(site, 'desk', method, params, as.tokens.access_token))

/** The same in a session of 2025. */
async function askInSession(method: string, params: Record<string, unknown>) {
  const post = (body: object, headers = {}) =>
    site.send('/desk/mcp', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${nora.tokens.access_token}`,
        ...headers,
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...body }),
    })
  const opening = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: {} }
  const opened = await post({ method: 'initialize', params: opening })
  const sessionId = opened.headers.get('mcp-session-id') ?? ''
  return answer(await post({ method, params }, { 'mcp-session-id': sessionId }))
}

describe('a resource behind a token', () => {
  it('is read with the scope it needs, and is for its reader only', async () => {
    const { status, body } = await ask('resources/read', { uri: 'desk://notes/7' })
    expect(status).toBe(200)
    expect(body.result.contents[0].text).toBe('note 7')
    expect(body.result.cacheScope).toBe('private')
  })

  it.each([ask, askInSession])(
    'R-08, R-09 that needs more is refused with 403 and everything it needs',
    async (askAs) => {
      const { status, headers, body } = await askAs('resources/read', { uri: 'desk://shredder' })
      expect(status).toBe(403)
      expect(headers.get('www-authenticate')).toContain('scope="desk:write desk:shred"')
      expect(body.error).toMatchObject({
        code: -32600,
        data: { requiredScopes: ['desk:write', 'desk:shred'] },
      })
    },
  )

  it('R-17 is in lists with the scopes it needs, or one could not come to ask for them', async () => {
    const { body } = await ask('resources/list', {})
    expect(body.result.cacheScope).toBe('private')
    expect(body.result.resources).toEqual([
      {
        uri: 'desk://shredder',
        name: 'shredder',
        description: 'What was shredded.',
        _meta: { securitySchemes: [{ type: 'oauth2', scopes: ['desk:write', 'desk:shred'] }] },
      },
      { uri: 'desk://notes/1', name: 'one' },
    ])
  })

  it('H-74, S-09 is listed on for the person who was given the cursor and for nobody else', async () => {
    const { body } = await ask('resources/list', {})
    const { nextCursor: cursor } = body.result
    const next = await ask('resources/list', { cursor })
    expect(next.body.result.resources).toEqual([{ uri: 'desk://notes/2', name: 'two' }])
    const stolen = await ask('resources/list', { cursor }, otto)
    expect(stolen.body.error.code).toBe(-32602)
    const again = await connect(site, { module: 'desk', scope: 'desk:read', browser: nora.browser })
    expect((await ask('resources/list', { cursor }, again)).status).toBe(200)
  })
})

describe('a prompt for operators', () => {
  it('R-16 does not exist for a member, with whatever scopes', async () => {
    const got = await ask('prompts/get', { name: 'tidy' })
    expect(got.body.result.messages).toHaveLength(1)
    const member = await connect(site, { module: 'desk', scope: 'desk:read' })
    const demoted = env.DB.prepare("UPDATE people SET role = 'member' WHERE person_id = ?")
    await demoted.bind(member.userId).run()
    expect((await ask('prompts/list', {}, member)).body.result.prompts).toEqual([])
    const { body } = await ask('prompts/get', { name: 'tidy' }, member)
    expect(body.error).toMatchObject({
      code: -32602,
      message: 'Module "desk" has no prompt "tidy". Ask prompts/list for those it has.',
    })
  })
})
