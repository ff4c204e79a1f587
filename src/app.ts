/**
 * The composition root: connects the rooms, gives them their ports and fixes the order in which a
 * request passes them.
 *
 * @module
 */
import { type Context, Hono } from 'hono'
import { type Config, readConfig } from './config'
import { type CallRecord, createDispatch } from './dispatch'
import {
  type AppEnv,
  edge,
  errorPage,
  homePage,
  isMcpPath,
  type McpPorts,
  mcpErrorResponse,
  moduleList,
  modulePage,
  RESERVED_SEGMENTS,
  serveMcp,
  unexpectedError,
} from './http'
import { createSealer, emptySealerCache, type Sealer } from './keys'
import { ProtocolError } from './protocol'
import { createRegistry } from './registry'
import type { Caller, ServerDefinition } from './sdk'
import { objectStub } from './store'

/**
 * The Worker's fetch handler for these modules.
 *
 * @throws {RegistryError} at once, when a module is faulty.
 */
export function createApp(servers: readonly ServerDefinition[]): Hono<AppEnv> {
  const registry = createRegistry(servers, RESERVED_SEGMENTS)
  const sealerCache = emptySealerCache()
  const dispatch = createDispatch({ now: Date.now, record: logCall })
  let config: Config | undefined

  /** Settings do not change while an isolate lives. */
  const configOf = (env: Cloudflare.Env): Config => {
    config ??= readConfig(env)
    return config
  }

  const sealerOf = (env: Cloudflare.Env, { tenant }: Config): Sealer => {
    const readRing = (at: number) => objectStub(env.KEY_RING, configOf(env), 'keys').ring(at)
    return createSealer({ tenant, readRing, now: nowSeconds }, sealerCache)
  }

  const portsOf = (c: Context<AppEnv>): McpPorts => {
    const { tenant, jurisdiction } = configOf(c.env)
    const sealer = sealerOf(c.env, configOf(c.env))
    return {
      dispatch,
      tenant,
      waitUntil: (work) => c.executionCtx.waitUntil(work),
      session: { sealer, dispatch, tenant, jurisdiction, now: nowSeconds },
    }
  }

  const app = new Hono<AppEnv>({ strict: true })
  app.use((c, next) => edge(configOf(c.env))(c, next))
  app.all('/:module/mcp', (c) => serveMcp(c.req.raw, c.req.param('module'), registry, portsOf(c)))
  app.all('/:module/mcp/', (c) => serveMcp(c.req.raw, c.req.param('module'), registry, portsOf(c)))
  app.get('/', (c) => homePage(c.var.admission.ownOrigin, registry))
  app.get('/modules.json', (c) => moduleList(c.var.admission.ownOrigin, registry))
  app.get('/:module', (c) => modulePage(c.req.param('module'), c.var.admission.ownOrigin, registry))
  app.on(['POST', 'DELETE', 'PUT', 'PATCH'], '/:module', (c) => {
    const connector = `${c.var.admission.ownOrigin}/${c.req.param('module')}/mcp`
    const hint = `Nothing is posted here. MCP messages go to ${connector}.`
    return mcpErrorResponse(new ProtocolError('unknown_module', hint), null)
  })
  app.notFound((c) =>
    refuse(c, new ProtocolError('unknown_module', `There is no page at "${c.req.path}".`)),
  )
  app.onError((cause, c) =>
    refuse(c, cause instanceof ProtocolError ? cause : unexpectedError(cause)),
  )
  return app
}

/** On an MCP path programs are answered, elsewhere people. */
const refuse = (c: Context<AppEnv>, error: ProtocolError): Response =>
  isMcpPath(c.req.path) ? mcpErrorResponse(error, null) : errorPage(error)

const nowSeconds = (): number => Math.floor(Date.now() / 1000)

/** One line per call: who, what, how it went. Arguments and results stay out of logs. */
function logCall(
  labels: Readonly<Record<string, string>>,
  { tenant, principal, client }: Caller,
  record: CallRecord,
): void {
  console.log(
    JSON.stringify({
      event: 'call',
      ...record,
      ...labels,
      tenant,
      principal: `${principal.kind}:${principal.id}`,
      ...(client && { client: client.name, clientVersion: client.version }),
    }),
  )
}
