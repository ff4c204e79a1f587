/** The platform as deployed, with public modules and one that needs an access token. @module */
import { env } from 'cloudflare:workers'
import * as z from 'zod'
import { createApp } from '../../../src/app'
import { createSealer, emptySealerCache } from '../../../src/keys'
import { sha256, userIds } from '../../../src/oauth'
import { defineServer, defineTool } from '../../../src/sdk'

export { ControlState } from '../../../src/control'
export { KeyRing } from '../../../src/keys'
export { CallLedger } from '../../../src/ledger'
export { NotificationHub } from '../../../src/notify'
export { AuthTransactions, ReplayGuard, UserGrants } from '../../../src/oauth'
export { McpSession } from '../../../src/session'

const echoTool = (name: string, scopes: string[] = []) =>
  defineTool({
    name,
    title: 'Echo',
    description: 'Says what it was told.',
    scopes,
    annotations: { readOnlyHint: true, openWorldHint: false },
    input: z.object({ text: z.string().max(200).describe('What to say') }),
    run: ({ text }) => text,
  })

const numbered = Array.from({ length: 100 }, (_, index) => echoTool(`echo_${index + 1}`))

const reads = { readOnlyHint: true, openWorldHint: false }

const ask = defineTool({
  name: 'ask',
  description: 'Asks a person.',
  annotations: reads,
  run: async (_, { elicit }) =>
    (await elicit('sure', { message: 'Sure?', schema: z.object({ yes: z.boolean() }) })).action,
})

const steps = [1, 100].map((count) =>
  defineTool({
    name: `steps_${count}`,
    description: 'Takes steps.',
    annotations: reads,
    async run(_, { step }) {
      for (let at = 0; at < count; at++) await step(`step-${at}`, () => ({ at, text: 'done' }))
      return `${count} done`
    },
  }),
)

const app = createApp([
  defineServer({ name: 'linear', version: '1.0.0', access: 'public', tools: [ask, ...steps] }),
  defineServer({ name: 'one', version: '1.0.0', access: 'public', tools: [echoTool('echo')] }),
  defineServer({ name: 'hundred', version: '1.0.0', access: 'public', tools: numbered }),
  defineServer({
    name: 'signed',
    version: '1.0.0',
    scopes: { 'signed:echo': 'Hear what you said' },
    tools: [echoTool('echo', ['signed:echo'])],
  }),
])

// A bare workerd has no D1. All that is asked of it here is who a person is, once per isolate.
const row = { person_id: 'p', name: 'Bench', role: 'member', created_at: 0 }
const DB = { prepare: () => ({ bind: () => ({ first: async () => row }) }) }
const bindings = { ...env, DB } as unknown as Cloudflare.Env

const nowSeconds = (): number => Math.floor(Date.now() / 1000)

/** A grant as sign-in and consent would have left it. Returns its access token. */
async function issueToken(origin: string): Promise<string> {
  const readRing = (at: number) =>
    env.KEY_RING.get(env.KEY_RING.idFromName('default/keys')).ring(at)
  const sealer = createSealer({ tenant: 'default', readRing, now: nowSeconds }, emptySealerCache())
  const userId = await userIds(() => sealer.idKey()).mint()
  const [createdAt, expiresAt] = [nowSeconds(), nowSeconds() + 3600]
  const accessToken = `${userId}:grant:${'s'.repeat(43)}`
  const grant = { clientId: 'bench', scope: ['signed:echo'], resource: `${origin}/signed/mcp` }
  const audience = grant.resource
  const value = JSON.stringify({ createdAt, expiresAt, audience, scope: grant.scope, grant })
  const objectId = env.USER_GRANTS.idFromName(`default/grants/${userId}`)
  await env.USER_GRANTS.get(objectId).commit(
    {
      owner: { tenant: 'default', userId },
      grantId: 'grant',
      version: 0,
      record: { value: JSON.stringify(grant), expiresAt },
      tokens: [{ id: await sha256(accessToken), value, expiresAt }],
      deletedTokens: [],
    },
    createdAt,
  )
  return accessToken
}

export default {
  async fetch(request: Request, _env: unknown, context: ExecutionContext): Promise<Response> {
    if (request.url.endsWith('/bench/token')) {
      return new Response(await issueToken(new URL(request.url).origin))
    }
    return app.fetch(request, bindings, context)
  },
}
