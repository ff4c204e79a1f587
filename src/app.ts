/**
 * The composition root: connects the rooms, gives them their ports and fixes the order in which a
 * request passes them.
 *
 * @module
 */
import { waitUntil as keepAlive, env as workerEnv } from 'cloudflare:workers'
import { type Context, Hono } from 'hono'
import { consumeAudit, createAuditWriters, emptyWriterMemory } from './audit'
import { type Config, isLocal, readConfig, requiresSettings } from './config'
import { emptyControlCopy, expireControlCopy, readControl } from './control'
import {
  type Call,
  type CallRecord,
  callFacts,
  callPoint,
  createCacheMemories,
  createDispatch,
  type DataPoint,
  type Dispatch,
  startFacts,
} from './dispatch'
import { guardGlobalFetch } from './egress'
import {
  type AppEnv,
  addPasskey,
  admit,
  auditOrigin,
  authorizationServerMetadata,
  clientLabel,
  correlationIdOf,
  decide,
  disconnect,
  domainProof,
  edge,
  endpointModule,
  errorPage,
  homePage,
  isMcpPath,
  isOAuthPath,
  isPublicDocument,
  type McpServices,
  mcpErrorResponse,
  moduleList,
  modulePage,
  noticeResponse,
  oauthErrorResponse,
  openQuestionPage,
  playground,
  playgroundReturn,
  publicKeys,
  questionLink,
  RESERVED_SEGMENTS,
  readForm,
  register,
  removePasskey,
  renamePasskey,
  resourceMetadata,
  type Services,
  seeThrough,
  sendOff,
  serveMcp,
  setUp,
  showAccount,
  showCatalogue,
  showConformance,
  showConsent,
  showRegistryEntry,
  showServerCard,
  showSetup,
  showSignIn,
  signIn,
  signOut,
  token,
  unexpectedError,
} from './http'
import { createSealer, emptySealerCache } from './keys'
import { ledgerName, stateLedgerName } from './ledger'
import { askAgain, shortDigest, withoutCredentials } from './lib'
import { announce, type ListPrints } from './notify'
import {
  ACCESS_TOKEN_SECONDS,
  type AccessTokenPorts,
  type EndingCause,
  emptyAccessTokenCache,
  isLoopbackHost,
  isServerMetadataPath,
  NotToldError,
  type OAuthEvent,
  OPERATOR_MODULE,
  oauthError,
  oauthFacts,
  operatorModule,
  PLAYGROUND_CALLBACK,
  type RevokePorts,
  resourceOf,
  userIds,
  withPlaygroundClient,
} from './oauth'
import { ProtocolError, traceIdOf } from './protocol'
import { createRegistry, type HostedServer, type Registry, RegistryError } from './registry'
import type { Caller, ServerDefinition } from './sdk'
import type { SessionClaims } from './session'
import {
  auditEvents,
  clientGrants,
  clients,
  createSchemaCheck,
  databaseBinding,
  hubName,
  type ModuleSettings,
  moduleDatabase,
  moduleSettings,
  objectStub,
  people,
  settingRemedy,
  VERSIONS_HUB,
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
  const prints = new Map<string, ListPrints>()
  /** Epoch milliseconds from which lists are to be reported; undefined once they were. */
  let reportFrom: number | undefined = 0
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
    const ledgerOf = (subject: string) => objectStub(env.CALL_LEDGER, config, ledgerName(subject))
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
          (subject === undefined ? controlState() : ledgerOf(subject)).spool(events, Date.now()),
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
        stateLedgerOf: (subject, jurisdiction) =>
          objectStub(env.CALL_LEDGER, config, stateLedgerName(subject), jurisdiction),
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

  /** Has streams that another version of a module has opened hear of the lists of this one. */
  const reportLists = async ({ topicHub }: Lasting): Promise<void> => {
    try {
      for (const [name, server] of registry) {
        if (server.definition.push) prints.set(name, await printsOf(server))
      }
      const report = () => topicHub(VERSIONS_HUB).reportLists(Object.fromEntries(prints))
      await report().catch(report)
    } catch (cause) {
      // Not with each request: an object that is out of reach is not helped by all of them.
      reportFrom = Date.now() + REPORT_PAUSE_MS
      console.warn(JSON.stringify({ event: 'lists_not_reported', detail: String(cause) }))
    }
  }
  const listPrints = (module: string) => prints.get(module)
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
      listPrints,
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
      if (reportFrom !== undefined && Date.now() >= reportFrom) {
        reportFrom = undefined
        context.waitUntil(reportLists(lastingOf(env)))
      }
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

  /** A form of ours, or a page that says what to do. */
  const withForm = async (
    c: Context<AppEnv>,
    handle: (form: URLSearchParams) => Response | Promise<Response>,
  ): Promise<Response> => {
    const form = await readForm(c.req.raw)
    return form
      ? handle(form)
      : noticeResponse('This form could not be read', 'Please go back and send it again.')
  }
  const url = (c: Context<AppEnv>): URL => new URL(c.req.url)

  const app = new Hono<AppEnv>({ strict: true })
  app.use((c, next) => edge(configOf(c.env))(c, next))
  app.use(seeThrough)

  app.get('/.well-known/*', async (c) => {
    const services = servicesOf(c)
    if (isServerMetadataPath(c.req.path)) {
      return authorizationServerMetadata(c.req.raw, c.req.path, services)
    }
    if (c.req.path === '/.well-known/jwks.json') return publicKeys(c.req.raw)
    if (c.req.path === '/.well-known/ai-catalog.json') {
      return showCatalogue(c.req.raw, hosted, services.origin)
    }
    // Not the page: whoever asks here is a program.
    return (
      resourceMetadata(c.req.raw, c.req.path, services) ??
      domainProof(c.req.path, services) ??
      oauthError('not_found', 'There is no such document; a module has its own.', 404)
    )
  })
  app.get('/:module/mcp/.well-known/openid-configuration', (c) =>
    authorizationServerMetadata(c.req.raw, c.req.path, servicesOf(c)),
  )
  app.get('/:module/mcp/server-card', (c) =>
    showServerCard(c.req.raw, c.req.param('module'), hosted, c.get('admission').ownOrigin),
  )
  app.get('/:module/server.json', (c) =>
    showRegistryEntry(c.req.raw, c.req.param('module'), hosted, c.get('admission').ownOrigin),
  )
  app.get('/status/conformance', (c) => showConformance(c.req.raw))
  // From here on a route may come to need the platform's database.
  app.use(async (c, next) => {
    const problem = await schema.problem(c.env, PLATFORM_DATABASE)
    if (problem !== undefined) return refuse(c, new ProtocolError('unavailable', problem))
    return next()
  })
  app.all('/token', (c) => token(c.req.raw, servicesOf(c)))
  app.all('/register', (c) => register(c.req.raw, servicesOf(c)))
  app.get('/authorize', (c) => showConsent(c.req.raw, servicesOf(c)))
  app.post('/authorize', (c) => withForm(c, (form) => decide(c.req.raw, form, servicesOf(c))))
  app.get('/sign-in', (c) => showSignIn(c.req.raw, servicesOf(c)))
  app.post('/sign-in', (c) => withForm(c, (form) => signIn(c.req.raw, form, servicesOf(c))))
  app.post('/sign-out', (c) => withForm(c, (form) => signOut(c.req.raw, form, servicesOf(c))))
  app.get('/setup', (c) => showSetup(url(c), servicesOf(c)))
  app.post('/setup', (c) => withForm(c, (form) => setUp(url(c), form, servicesOf(c))))
  app.get('/account/open', (c) => openQuestionPage(c.req.raw, servicesOf(c)))
  app.get('/account', (c) => showAccount(c.req.raw, servicesOf(c)))
  app.post('/account/disconnect', (c) =>
    withForm(c, (form) => disconnect(c.req.raw, form, servicesOf(c))),
  )
  app.post('/account/passkeys', (c) =>
    withForm(c, (form) => addPasskey(c.req.raw, form, servicesOf(c))),
  )
  app.post('/account/passkeys/rename', (c) =>
    withForm(c, (form) => renamePasskey(c.req.raw, form, servicesOf(c))),
  )
  app.post('/account/passkeys/remove', (c) =>
    withForm(c, (form) => removePasskey(c.req.raw, form, servicesOf(c))),
  )

  app.get('/', (c) => homePage(c.req.raw, hosted, servicesOf(c)))
  app.get('/modules.json', (c) => moduleList(c.get('admission').ownOrigin, hosted))
  app.get(PLAYGROUND_CALLBACK, () => playgroundReturn())
  app.get('/:module/try', (c) => playground(c.req.raw, c.req.param('module'), servicesOf(c)))
  app.get('/:module', (c) => modulePage(c.req.raw, c.req.param('module'), servicesOf(c)))
  app.on(['POST', 'DELETE', 'PUT', 'PATCH'], '/:module', (c) => {
    const connector = `${c.get('admission').ownOrigin}/${c.req.param('module')}/mcp`
    const hint = `Nothing is posted here. MCP messages go to ${connector}.`
    return mcpErrorResponse(new ProtocolError('unknown_module', hint), null)
  })
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

/** What tells the lists of one version of a module from those of another. */
const printsOf = async (server: HostedServer): Promise<ListPrints> => ({
  tools: await shortDigest(server.summary('tools')),
  prompts: await shortDigest(server.summary('prompts')),
  resources: await shortDigest(server.summary('resources', 'resourceTemplates')),
})

const errorOf = (cause: unknown, correlationId: string): ProtocolError =>
  cause instanceof ProtocolError ? cause : unexpectedError(cause, correlationId)

/** Operators find it by its address; it is in no list of what is hosted here. */
function hostOperatorModule(
  portsOf = (_operatorId: string): RevokePorts => {
    throw new Error('the operator module was called outside a request')
  },
): HostedServer {
  const [[, server] = []] = createRegistry([operatorModule(portsOf)])
  if (!server) throw new Error('the operator module is not in its own registry')
  return server
}

function settingOf(env: object, name: string): string | undefined {
  const value: unknown = Reflect.get(env, name)
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** Programs are answered in the terms of what they asked, people with a page. */
const refuse = (c: Context<AppEnv>, error: ProtocolError): Response => {
  // First: a server card is below the endpoint and none of it.
  if (isOAuthPath(c.req.path) || isPublicDocument(c.req.path)) return oauthErrorResponse(error)
  return isMcpPath(c.req.path) ? mcpErrorResponse(error, null) : errorPage(error)
}

function nothingAt(c: Context<AppEnv>): ProtocolError {
  if (!isMcpPath(c.req.path)) {
    return new ProtocolError('unknown_module', `There is no page at "${c.req.path}".`)
  }
  // With a session header a 404 would make a 2025 client throw its session away (H-35).
  const kind = c.req.header('mcp-session-id') === undefined ? 'unknown_module' : 'invalid_request'
  const [, module] = /^\/+([^/]+)/.exec(c.req.path) ?? []
  const endpoint = `${c.get('admission').ownOrigin}/${module}/mcp`
  return new ProtocolError(kind, `Nothing is served at "${c.req.path}"; did you mean ${endpoint}?`)
}

const PLATFORM_DATABASE = ['DB']
const REPORT_PAUSE_MS = 5000

/** The databases that requests to a module come to need: who may call is in the platform's own. */
const databasesBehind = ({ name, access, uses }: ServerDefinition): string[] => [
  ...(access === 'public' ? [] : PLATFORM_DATABASE),
  ...(uses.db ? [databaseBinding(name)] : []),
]

const schemaRemedy = (local: boolean): string =>
  local
    ? 'Start it again: `npm start` applies it.'
    : 'Its operator applies it with `npm run deploy`, or with `npm run migrate -- --remote`.'

/** @throws {RegistryError} when a module lacks a database, a setting or a secret. */
function requireBindings(registry: Registry, bindings: object): void {
  const problems = [...registry.values()].flatMap(({ definition }) => {
    const { name, uses } = definition
    const found = uses.db ? moduleDatabase(bindings, name) : { ok: true as const }
    const settings = moduleSettings(bindings, definition)
    const missing = settings.ok || !requiresSettings(bindings) ? [] : settings.problems
    return [
      ...(found.ok ? [] : [`servers/${name}/index.ts: uses.db: ${found.remedy}`]),
      ...missing.map(
        (it) => `servers/${name}/index.ts: ${it.field}: ${settingRemedy(it, name, true)}`,
      ),
    ]
  })
  if (problems.length > 0) throw new RegistryError(problems)
}

const nowSeconds = (): number => Math.floor(Date.now() / 1000)

/** Counts calls where the operator has bound a dataset for that; see docs/settings.md. */
function metricsOf(env: object): { writeDataPoint(point: DataPoint): void } | undefined {
  return Reflect.get(env, 'METRICS')
}

/** One line per call: who, what, how it went. Arguments and results stay out of logs. */
function logCall(
  correlationId: string,
  traceId: string | undefined,
  labels: Call['labels'],
  { tenant, principal, client }: Caller,
  record: CallRecord,
): void {
  // Spelt out: with spreads, making this object costs more than writing it down. What is undefined
  // is not written.
  console.log(
    JSON.stringify({
      event: 'call',
      correlationId,
      traceId,
      callId: record.callId,
      module: record.module,
      method: record.method,
      tool: record.tool,
      resource: record.resource,
      prompt: record.prompt,
      argumentChars: record.argumentChars,
      outcome: record.outcome,
      readOnly: record.readOnly,
      durationMs: record.durationMs,
      resultChars: record.resultChars,
      requiredScopes: record.requiredScopes,
      detail: record.detail,
      revision: labels.revision,
      clientId: labels.clientId,
      grantId: labels.grantId,
      session: labels.session,
      tenant,
      principal: `${principal.kind}:${principal.id}`,
      // Its own words, and nobody has looked at them yet.
      client: client && withoutCredentials(client.name),
      clientVersion: client && withoutCredentials(client.version),
    } satisfies Record<keyof CallRecord | keyof Call['labels'] | LineField, unknown>),
  )
}

type LineField =
  | 'event'
  | 'correlationId'
  | 'traceId'
  | 'tenant'
  | 'principal'
  | 'client'
  | 'clientVersion'
