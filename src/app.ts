/**
 * The composition root: connects the rooms, gives them their ports and fixes the order in which a
 * request passes them.
 *
 * @module
 */
import { waitUntil as keepAlive, env as workerEnv } from 'cloudflare:workers'
import { type Context, Hono } from 'hono'
import { consumeAudit, createAuditWriters, emptyWriterMemory } from './audit'
import { type Config, isLocal, readConfig } from './config'
import { emptyControlCopy, expireControlCopy, readControl } from './control'
import {
  callFacts,
  callPoint,
  createCacheMemories,
  createDispatch,
  type DataPoint,
  type Dispatch,
  logCall,
  startFacts,
} from './dispatch'
import { guardGlobalFetch } from './egress'
import {
  type AppEnv,
  addDocumentRoutes,
  addPageRoutes,
  addPersonalRoutes,
  admit,
  auditOrigin,
  clientLabel,
  correlationIdOf,
  edge,
  endpointModule,
  errorOf,
  type McpServices,
  mcpErrorResponse,
  nothingAt,
  questionLink,
  RESERVED_SEGMENTS,
  refuse,
  type Services,
  seeThrough,
  sendOff,
  serveMcp,
} from './http'
import { createSealer, emptySealerCache } from './keys'
import { ledgerName, ownLedgerName } from './ledger'
import { askAgain } from './lib'
import { announce, createListReporter } from './notify'
import {
  ACCESS_TOKEN_SECONDS,
  type AccessTokenPorts,
  type EndingCause,
  emptyAccessTokenCache,
  hostOperatorModule,
  isLoopbackHost,
  NotToldError,
  type OAuthEvent,
  OPERATOR_MODULE,
  oauthFacts,
  type RevokePorts,
  resourceOf,
  userIds,
  withPlaygroundClient,
} from './oauth'
import { ProtocolError, traceIdOf } from './protocol'
import { createRegistry, type Registry, requireBindings } from './registry'
import type { ServerDefinition } from './sdk'
import type { SessionClaims } from './session'
import {
  auditEvents,
  clientGrants,
  clients,
  createSchemaCheck,
  databasesBehind,
  hubName,
  type ModuleSettings,
  moduleDatabase,
  moduleSettings,
  objectStub,
  PLATFORM_DATABASE,
  people,
  schemaRemedy,
  settingRemedy,
} from './store'

/**
 * The Worker for these modules: the app, and the consumer of its audit queue.
 *
 * @throws {RegistryError} at once, when a module is faulty.
 */
export function createWorker(
  servers: readonly ServerDefinition[],
): ExportedHandler<Cloudflare.Env> {
  const app = createApp(servers)
  return {
    fetch: (request, env, context) => app.fetch(request, env, context),
    queue: (batch, env) => consumeAudit(batch, auditEvents(env.DB)),
  }
}

/** What outlives the answer of a request. */
type Waiting = Pick<ExecutionContext, 'waitUntil'>

export interface App {
  fetch(request: Request, env: Cloudflare.Env, context: Waiting): Response | Promise<Response>
}

/**
 * The Worker's fetch handler for these modules.
 *
 * @param bindings What the Worker is bound to while it starts.
 * @throws {RegistryError} at once, when a module is faulty.
 */
export function createApp(servers: readonly ServerDefinition[], bindings: object = workerEnv): App {
  const network = guardGlobalFetch()
  const hosted = createRegistry(servers, RESERVED_SEGMENTS)
  const registry: Registry = new Map([...hosted, [OPERATOR_MODULE, hostOperatorModule()]])
  // Its author sees at once what a module lacks. A deployed copy starts all the same, because one
  // module must not take the others down: calls that need what is missing are answered with 503.
  if (isLocal(bindings)) requireBindings(registry, bindings)
  const sealerCache = emptySealerCache()
  const controlCopy = emptyControlCopy()
  const accessTokenCache = emptyAccessTokenCache()
  const writerMemory = emptyWriterMemory()
  const schema = createSchemaCheck({ now: Date.now, remedy: schemaRemedy(isLocal(bindings)) })
  /** Calls of a public module without a database ask for no schema, and wait for none. */
  const databasesOf = new Map(
    [...registry].map(([name, { definition }]) => [name, databasesBehind(definition)]),
  )
  const settings = new Map<string, ModuleSettings>()
  const cacheOf = createCacheMemories(registry.size)
  const lists = createListReporter(registry)
  let config: Config | undefined

  /** Settings do not change while an isolate lives. */
  const configOf = (env: Cloudflare.Env): Config => {
    config ??= readConfig(env)
    return config
  }

  /** What is the same for every request of an isolate: bindings and settings do not change. */
  const makeLasting = (env: Cloudflare.Env) => {
    const config = configOf(env)
    const readRing = (at: number) => objectStub(env.KEY_RING, config, 'keys').ring(at)
    const sealer = createSealer({ tenant: config.tenant, readRing, now: nowSeconds }, sealerCache)
    const controlState = () => objectStub(env.CONTROL_STATE, config, 'control')
    const ledgerOf = (subject: string, jurisdiction?: Config['jurisdiction']) =>
      objectStub(env.CALL_LEDGER, config, ownLedgerName(subject), jurisdiction)
    const eventsLedgerOf = (subject: string) =>
      objectStub(env.CALL_LEDGER, config, ledgerName(subject))
    const grantsOf = (userId: string) => objectStub(env.USER_GRANTS, config, `grants/${userId}`)
    /** Has every isolate read again what it remembers of a person. */
    const cut = async (personId: string): Promise<void> => {
      await controlState().cut([personId], nowSeconds(), ACCESS_TOKEN_SECONDS + 60)
      // This isolate need not wait for its copy to age.
      expireControlCopy(controlCopy)
    }
    const endGrants = async (
      userId: string,
      grantIds: readonly string[] | 'all',
      cause: EndingCause,
    ): Promise<string[]> => {
      const { ended, told } = await grantsOf(userId).end(grantIds, cause)
      expireControlCopy(controlCopy)
      if (!told) throw new NotToldError()
      return ended
    }
    const metrics = metricsOf(env)
    const topicHub = (name: string) => objectStub(env.NOTIFICATION_HUB, config, name)
    const clientRows = withPlaygroundClient(clients(env.DB, config.tenant, nowSeconds))
    const persons = people(env.DB, config.tenant, cut)
    const ids = userIds(() => sealer.idKey())
    const accessTokens: AccessTokenPorts = {
      isUserId: ids.isOurs,
      now: nowSeconds,
      useToken: (userId, hash, resource) => grantsOf(userId).use(hash, resource, nowSeconds()),
      noteChallenge: (userId, grantId, scopes) =>
        grantsOf(userId).challenge(grantId, scopes, nowSeconds()),
      roleOf: async (userId) => (await persons.find(userId))?.role,
    }
    return {
      config,
      sealer,
      ids,
      clientRows,
      grantRows: clientGrants(env.DB, config.tenant),
      persons,
      grantsOf,
      accessTokens,
      auditWriterOf: createAuditWriters({
        queue: env.AUDIT_QUEUE,
        spool: (subject, events) =>
          (subject === undefined ? controlState() : eventsLedgerOf(subject)).spool(
            events,
            Date.now(),
          ),
        labelOf: async (clientId) => (await clientLabel(clientId, clientRows)).clientName,
        memory: writerMemory,
        now: Date.now,
      }),
      sessionObject: ({ id, jurisdiction }: SessionClaims) =>
        objectStub(env.MCP_SESSION, config, `session/${id}`, jurisdiction),
      ledgerOf,
      dispatch: createDispatch({
        now: Date.now,
        started: ({ audit, labels }, caller, start) =>
          audit.writeNow(startFacts(labels, caller, start)),
        record({ audit, labels, correlationId, requestMeta }, caller, record) {
          const traceId = traceIdOf(requestMeta)
          metrics?.writeDataPoint(callPoint(labels, caller, record))
          if (record.readOnly) {
            audit.afterwards(() => {
              logCall(correlationId, traceId, labels, caller, record)
              callFacts(labels, caller, record).forEach(audit.gather)
            })
            return
          }
          logCall(correlationId, traceId, labels, caller, record)
          callFacts(labels, caller, record).forEach(audit.write)
        },
        databaseOf: (module) => moduleDatabase(env, module),
        cacheOf,
        sealer,
        jurisdiction: config.jurisdiction,
        settingsOf({ definition }) {
          const { name } = definition
          const found = settings.get(name) ?? moduleSettings(env, definition)
          settings.set(name, found)
          if (found.ok) return { ok: true, settings: found }
          const remedies = found.problems.map((it) => settingRemedy(it, name, config.local))
          return { ok: false, remedy: remedies.join('\n') }
        },
        announce(server, changes) {
          const { name } = server.info
          const telling = announce(name, changes, topicHub).catch((cause: unknown) => {
            const detail = String(cause)
            console.warn(JSON.stringify({ event: 'changes_not_told', module: name, detail }))
          })
          keepAlive(telling)
        },
        network,
        ledgerOf,
        questionLink: (origin = config.publicOrigin?.origin ?? '', page) =>
          questionLink(origin, page, sealer),
        development: config.local,
      }),
      topicHub,
      hubOf: (personId: string) => objectStub(env.NOTIFICATION_HUB, config, hubName(personId)),
      rereadControl: () => expireControlCopy(controlCopy),
      control: () =>
        readControl(controlCopy, {
          now: () => Date.now() / 1000,
          read: (now, known) => controlState().snapshot(now, known),
        }),
      cut,
      endGrants,
    }
  }
  type Lasting = ReturnType<typeof makeLasting>

  let known: Lasting | undefined
  const lastingOf = (env: Cloudflare.Env): Lasting => {
    known ??= makeLasting(env)
    return known
  }

  const mcpServicesOf = (
    request: Request,
    env: Cloudflare.Env,
    context: Waiting,
    { correlationId, origin }: Pick<McpServices, 'correlationId' | 'origin'>,
  ): McpServices => {
    const { config, auditWriterOf, sealer, dispatch, sessionObject, grantsOf, ledgerOf } =
      lastingOf(env)
    const { accessTokens, control, rereadControl, hubOf, topicHub } = lastingOf(env)
    const waitUntil = (work: Promise<unknown>) => context.waitUntil(work)
    const audit = auditWriterOf(auditOrigin(request, config, correlationId), waitUntil)
    return {
      audit,
      correlationId,
      config,
      registry,
      origin,
      sealer,
      dispatch,
      ledgerOf,
      sessionObject,
      accessTokens,
      accessTokenCache,
      control,
      rereadControl,
      hubOf,
      topicHub,
      listPrints: lists.printsOf,
      hasGrant: async (personId, clientId, { info }) => {
        const resource = resourceOf(origin, info.name)
        const grants = await askAgain(() => grantsOf(personId).list(nowSeconds()))
        return grants.some((grant) => grant.clientId === clientId && grant.resource === resource)
      },
      waitUntil,
      now: nowSeconds,
    }
  }

  /** The platform's own module is made anew where it is called: its tools reach into this request. */
  const operatorDispatch = (
    request: Request,
    services: McpServices,
    lasting: Lasting,
  ): Dispatch => {
    const { config, clientRows, grantRows, persons, endGrants, dispatch } = lasting
    const origin = auditOrigin(request, config, services.correlationId)
    const revokePorts = (operatorId: string): RevokePorts => ({
      people: persons,
      clientGrants: grantRows,
      isClient: async (clientId) => (await clientRows.get(clientId)) !== undefined,
      end: (userId, grantIds) =>
        endGrants(userId, grantIds, {
          type: 'grant_revoked',
          actor: `person:${operatorId}`,
          detail: 'revoked by an operator',
          origin,
        }),
    })
    return (call, caller) => dispatch({ ...call, server: hostOperatorModule(revokePorts) }, caller)
  }

  const servicesOf = (c: Context<AppEnv>): Services => {
    const { env } = c
    const lasting = lastingOf(env)
    const { config, ids, clientRows, grantRows, persons, grantsOf, cut, endGrants } = lasting
    const origin = c.get('admission').ownOrigin
    const correlationId = c.get('correlationId')
    const entry = { correlationId, origin }
    const services = mcpServicesOf(c.req.raw, env, c.executionCtx, entry)
    const { audit, waitUntil } = services
    const from = auditOrigin(c.req.raw, config, correlationId)
    const revokeGrant = async (userId: string, grantId: string, detail: string) => {
      if (!(await ids.isOurs(userId))) return false
      const cause = { type: 'grant_revoked', detail, origin: from } as const
      return (await endGrants(userId, [grantId], cause)).length > 0
    }
    const report = async (event: OAuthEvent) => {
      const facts = oauthFacts(event)
      if (facts) audit.write(facts)
      switch (event.type) {
        case 'token_issued':
        case 'token_replayed':
          break
        case 'access_token_revoked':
          await cut(event.userId)
          break
        case 'refresh_reused':
        case 'grant_ended':
          expireControlCopy(controlCopy)
          break
        default:
          event satisfies never
      }
    }
    return {
      ...services,
      // Both locks: a local copy, and its loopback name rather than that of a tunnel.
      developer: config.local && isLoopbackHost(new URL(origin).hostname),
      setupCode: settingOf(env, 'SETUP_CODE'),
      userIds: ids,
      people: persons,
      clients: clientRows,
      clientGrants: grantRows,
      authorizationServer: {
        registry,
        origin,
        tenant: config.tenant,
        auditOrigin: from,
        clients: withPlaygroundClient(clientRows, origin),
        grantsOf,
        transaction: (hash) => objectStub(env.AUTH_TRANSACTIONS, config, `transaction/${hash}`),
        replayGuard: (name) => objectStub(env.REPLAY_GUARD, config, `replay/${name}`),
        isUserId: ids.isOurs,
        isPerson: async (userId) => (await persons.find(userId)) !== undefined,
        now: nowSeconds,
        waitUntil,
        report,
        clientDomains: config.clientDomains,
      },
      revokeGrant,
    }
  }

  /** The endpoint of a module. It does not pass Hono, see ARCHITECTURE.md. */
  const answerMcp = async (
    request: Request,
    module: string,
    env: Cloudflare.Env,
    context: Waiting,
  ): Promise<Response> => {
    const config = configOf(env)
    const correlationId = correlationIdOf(request, config)
    try {
      const admission = admit(request, config)
      const checked = schema.problem(env, databasesOf.get(module) ?? [])
      const problem = checked && (await checked)
      if (problem !== undefined) throw new ProtocolError('unavailable', problem)
      const entry = { correlationId, origin: admission.ownOrigin }
      const services = mcpServicesOf(request, env, context, entry)
      if (lists.isDue()) context.waitUntil(lists.report(lastingOf(env).topicHub))
      if (module === OPERATOR_MODULE) {
        services.dispatch = operatorDispatch(request, services, lastingOf(env))
      }
      const response = await serveMcp(request, module, services)
      sendOff(response.headers, admission)
      return request.method === 'HEAD' ? new Response(null, response) : response
    } catch (cause) {
      return mcpErrorResponse(errorOf(cause, correlationId), null)
    }
  }

  const app = new Hono<AppEnv>({ strict: true })
  const ports = { hosted, servicesOf }
  app.use((c, next) => edge(configOf(c.env))(c, next))
  app.use(seeThrough)

  addDocumentRoutes(app, ports)
  // From here on a route may come to need the platform's database.
  app.use(async (c, next) => {
    const problem = await schema.problem(c.env, [PLATFORM_DATABASE])
    if (problem !== undefined) return refuse(c, new ProtocolError('unavailable', problem))
    return next()
  })
  addPersonalRoutes(app, ports)
  addPageRoutes(app, ports)
  app.notFound((c) => refuse(c, nothingAt(c)))
  app.onError((cause, c) => refuse(c, errorOf(cause, c.get('correlationId'))))
  return {
    fetch(request, env, context) {
      // A preflight gets the same answer whatever it is for.
      const module = request.method === 'OPTIONS' ? undefined : endpointModule(request.url)
      return module === undefined
        ? app.fetch(request, env, context as ExecutionContext)
        : answerMcp(request, module, env, context)
    },
  }
}

function settingOf(env: object, name: string): string | undefined {
  const value: unknown = Reflect.get(env, name)
  return typeof value === 'string' && value !== '' ? value : undefined
}

const nowSeconds = (): number => Math.floor(Date.now() / 1000)

/** Counts calls where the operator has bound a dataset for that; see docs/settings.md. */
function metricsOf(env: object): { writeDataPoint(point: DataPoint): void } | undefined {
  return Reflect.get(env, 'METRICS')
}
