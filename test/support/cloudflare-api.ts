/**
 * As much of Cloudflare's API as wrangler asks for to deploy this project: Workers with their
 * bindings and secrets, D1 on real SQLite, queues with their consumers. It refuses what the real
 * one refuses, such as a binding to what does not exist, and nothing outlives it.
 *
 * @module
 */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DatabaseSync } from 'node:sqlite'

export interface FakeAccount {
  id: string
  name: string
}

interface Binding {
  type: string
  name: string
  [field: string]: unknown
}

export interface FakeWorker {
  tag: string
  tags: string[]
  bindings: Binding[]
  secrets: Map<string, string>
  uploads: number
  onWorkersDev: boolean
  domains: string[]
}

export interface FakeDatabase {
  uuid: string
  name: string
  sqlite: DatabaseSync
  /** Every SQL text that was sent to it. */
  queries: string[]
}

interface FakeQueue {
  queue_id: string
  queue_name: string
  consumers: { consumer_id: string; script: string; type: string; settings: unknown }[]
}

/** What is in one account. */
export interface FakeAccountState {
  workers: Map<string, FakeWorker>
  databases: FakeDatabase[]
  queues: FakeQueue[]
}

export interface FakeCloudflare extends AsyncDisposable {
  /** For wrangler's environment; with a token that may use `accounts`. */
  env: Record<string, string>
  account(id?: string): FakeAccountState
  /** `METHOD /path` of each request, without `/client/v4`. */
  requests: string[]
  /** Requests it has no answer for: a gap in here, not in what is tested. */
  unknown: string[]
  /** Called before each request is answered; what it returns is answered instead. */
  intercept?: ((method: string, path: string) => ApiError | undefined) | undefined
}

export class ApiError extends Error {
  readonly status: number
  readonly code: number

  constructor(status: number, code: number, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

const TOKEN = 'token-of-the-tests'

export async function fakeCloudflare({
  accounts = [{ id: 'a'.repeat(32), name: 'Team' }],
  foreign = [],
}: {
  accounts?: FakeAccount[]
  /** Accounts that exist, and that the token may not use. */
  foreign?: FakeAccount[]
} = {}): Promise<FakeCloudflare> {
  const states = new Map<string, FakeAccountState>()
  for (const { id } of [...accounts, ...foreign]) {
    states.set(id, { workers: new Map(), databases: [], queues: [] })
  }
  const [first] = accounts
  const fake: FakeCloudflare = {
    env: {},
    account(id = first?.id ?? '') {
      const state = states.get(id)
      if (!state) throw new Error(`there is no account ${id}`)
      return state
    },
    requests: [],
    unknown: [],
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
      for (const { databases } of states.values()) for (const it of databases) it.sqlite.close()
    },
  }

  const server = createServer(async (request, response) => {
    const { method = 'GET' } = request
    const url = new URL(request.url ?? '/', 'http://localhost')
    const path = decodeURIComponent(url.pathname.replace('/client/v4', ''))
    fake.requests.push(`${method} ${path}`)
    try {
      const failure = fake.intercept?.(method, path)
      if (failure) throw failure
      if (request.headers.authorization !== `Bearer ${TOKEN}`) {
        throw new ApiError(400, 9106, 'Authentication failed (status: 400)')
      }
      const [, area, accountId = '', ...rest] = path.split('/')
      if (area !== 'accounts' || accountId === '') {
        succeed(response, ofUser(path, accounts))
        return
      }
      const state = states.get(accountId)
      if (!state || !accounts.some(({ id }) => id === accountId)) {
        throw new ApiError(403, 10000, 'Authentication error')
      }
      const body = await bodyOf(request)
      succeed(
        response,
        inAccount(state, { method, path: rest.join('/'), query: url.searchParams, body }),
      )
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (error.code === NO_ROUTE) fake.unknown.push(`${method} ${path}`)
      const { status, code, message } = error
      send(response, status, {
        success: false,
        errors: [{ code, message }],
        messages: [],
        result: null,
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  fake.env = {
    CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${port}/client/v4`,
    CLOUDFLARE_API_TOKEN: TOKEN,
  }
  return fake
}

const NO_ROUTE = 7003

interface Call {
  method: string
  path: string
  query: URLSearchParams
  body: Body
}
interface Body {
  json: Record<string, unknown>
  form: FormData | undefined
}

function ofUser(path: string, accounts: FakeAccount[]): unknown {
  switch (path) {
    case '/user':
      return { email: 'ada@example.com' }
    case '/user/tokens/verify':
      return { id: 'token', status: 'active' }
    case '/accounts':
      return accounts
    case '/memberships':
      return accounts.map((account) => ({ id: `m-${account.id}`, account, roles: [] }))
    default:
      throw new ApiError(404, NO_ROUTE, `no route ${path}`)
  }
}

function inAccount(state: FakeAccountState, call: Call): unknown {
  const [area, ...rest] = call.path.split('/')
  if (area === 'workers') return workers(state, { ...call, path: rest.join('/') })
  if (area === 'd1') return d1(state, call)
  if (area === 'queues') return queues(state, { ...call, path: rest.join('/') })
  throw new ApiError(404, NO_ROUTE, `no route ${call.path}`)
}

function workers(state: FakeAccountState, { method, path, body }: Call): unknown {
  if (path === 'subdomain') return { subdomain: 'team' }
  const [area = '', name = '', what = '', ...more] = path.split('/')
  const worker = state.workers.get(name)
  if (area === 'scripts' && what === '' && method === 'PUT') return upload(state, name, body)
  if (!worker) {
    const code = area === 'services' ? 10090 : 10007
    throw new ApiError(404, code, 'This Worker does not exist on your account.')
  }
  if (area === 'services') {
    const { tag, tags } = worker
    const script = { id: name, tag, tags, last_deployed_from: 'wrangler' }
    return { id: name, default_environment: { environment: 'production', script } }
  }
  if (area === 'workers') {
    return { subdomain: { enabled: worker.onWorkersDev, previews_enabled: worker.onWorkersDev } }
  }
  switch (`${method} ${[what, ...more].join('/')}`) {
    case 'GET settings':
      return { bindings: worker.bindings, tags: worker.tags }
    case 'PATCH settings':
      return {}
    case 'GET deployments':
      return { deployments: [{ id: worker.tag, versions: [] }] }
    case 'GET secrets':
      return [...worker.secrets.keys()].map((key) => ({ name: key, type: 'secret_text' }))
    case 'PUT secrets':
      worker.secrets.set(String(body.json.name), String(body.json.text))
      return { name: body.json.name, type: 'secret_text' }
    case 'POST subdomain':
      worker.onWorkersDev = body.json.enabled === true
      return { enabled: worker.onWorkersDev, previews_enabled: worker.onWorkersDev }
    case 'POST domains/changeset':
      return { added: [], removed: [], updated: [], conflicting: [] }
    case 'PUT domains/records':
      worker.domains = (body.json.origins as { hostname: string }[]).map(({ hostname }) => hostname)
      return []
    default:
      throw new ApiError(404, NO_ROUTE, `no route ${method} ${path}`)
  }
}

function upload(state: FakeAccountState, name: string, { form }: Body): unknown {
  const metadata = JSON.parse(String(form?.get('metadata'))) as {
    bindings: Binding[]
    keep_bindings?: string[]
    tags?: string[]
  }
  const before = state.workers.get(name)
  for (const binding of metadata.bindings) {
    const { type } = binding
    const invalid = (words: string) =>
      new ApiError(400, 10021, `binding ${binding.name} of type ${type} ${words} [code: 10021]`)
    if (type === 'd1' && !state.databases.some(({ uuid }) => uuid === binding.id)) {
      throw invalid('must have a valid `id` specified')
    }
    if (type === 'queue' && !state.queues.some((it) => it.queue_name === binding.queue_name)) {
      throw invalid('refers to a queue that does not exist')
    }
  }
  const bindings = metadata.bindings.map((binding) => {
    if (binding.type !== 'inherit') return binding
    const inherited = before?.bindings.find((it) => it.name === binding.name)
    if (!inherited) throw new ApiError(400, 10057, `binding ${binding.name} cannot be inherited`)
    return inherited
  })
  const kept = (before?.bindings ?? []).filter(
    (it) =>
      metadata.keep_bindings?.includes(it.type) &&
      !bindings.some((other) => other.name === it.name),
  )
  state.workers.set(name, {
    tag: before?.tag ?? randomUUID().replaceAll('-', ''),
    tags: metadata.tags ?? before?.tags ?? [],
    bindings: [...bindings, ...kept],
    secrets: before?.secrets ?? new Map<string, string>(),
    uploads: (before?.uploads ?? 0) + 1,
    onWorkersDev: before?.onWorkersDev ?? false,
    domains: before?.domains ?? [],
  })
  return {
    id: name,
    etag: randomUUID(),
    tag: before?.tag,
    startup_time_ms: 7,
    deployment_id: randomUUID().replaceAll('-', ''),
  }
}

function d1(state: FakeAccountState, { method, path, query, body }: Call): unknown {
  const [, , key, action] = path.split('/')
  if (key === undefined) {
    if (method === 'POST') return createDatabase(state, String(body.json.name))
    const [page, size] = [Number(query.get('page') ?? 1), Number(query.get('per_page') ?? 10)]
    const all = state.databases.map(({ uuid, name }) => ({ uuid, name }))
    return all.slice((page - 1) * size, page * size)
  }
  const database = state.databases.find(({ uuid, name }) => uuid === key || name === key)
  if (!database) {
    throw new ApiError(404, 7404, `The database ${key} could not be found`)
  }
  if (action === undefined) return { uuid: database.uuid, name: database.name }
  if (action === 'query') return runSql(database, String(body.json.sql))
  throw new ApiError(404, NO_ROUTE, `no route ${method} ${path}`)
}

function createDatabase({ databases }: FakeAccountState, name: string): unknown {
  if (databases.some((it) => it.name === name)) {
    throw new ApiError(400, 7502, 'database with that name already exists')
  }
  const database: FakeDatabase = {
    uuid: randomUUID(),
    name,
    sqlite: new DatabaseSync(':memory:'),
    queries: [],
  }
  databases.push(database)
  return { uuid: database.uuid, name, created_in_region: 'WEUR' }
}

/** All statements of one request are one transaction, as in D1. */
function runSql({ sqlite, queries }: FakeDatabase, sql: string): unknown {
  queries.push(sql)
  const results: unknown[] = []
  sqlite.exec('BEGIN')
  try {
    for (let rest = sql; /[^\s;]/.test(withoutComments(rest)); ) {
      const statement = sqlite.prepare(rest)
      const rows = statement.all()
      rest = rest.slice(rest.indexOf(statement.sourceSQL) + statement.sourceSQL.length)
      results.push({ results: rows, success: true, meta: { duration: 0.1, changes: 0 } })
    }
    sqlite.exec('COMMIT')
  } catch (error) {
    sqlite.exec('ROLLBACK')
    throw new ApiError(400, 7500, `${(error as Error).message}: SQLITE_ERROR`)
  }
  return results
}

const withoutComments = (sql: string): string =>
  sql.replace(/--[^\n]*/g, '').replace(/\/\*[\s\S]*?\*\//g, '')

function queues(state: FakeAccountState, { method, path, query, body }: Call): unknown {
  const [id = '', what] = path.split('/')
  if (id === '') {
    if (method === 'POST') {
      const queue = {
        queue_id: randomUUID(),
        queue_name: String(body.json.queue_name),
        consumers: [],
      }
      state.queues.push(queue)
      return queue
    }
    const names = query.getAll('name')
    return state.queues.filter((it) => names.length === 0 || names.includes(it.queue_name))
  }
  const queue = state.queues.find((it) => it.queue_id === id)
  if (!queue || what !== 'consumers') throw new ApiError(404, NO_ROUTE, `no route ${path}`)
  if (method === 'POST') {
    const { script_name: script, type, settings } = body.json
    queue.consumers.push({
      consumer_id: randomUUID(),
      script: String(script),
      type: String(type),
      settings,
    })
  }
  return {}
}

async function bodyOf(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const bytes = Buffer.concat(chunks)
  const type = request.headers['content-type'] ?? ''
  if (type.startsWith('multipart/')) {
    const headers = { 'content-type': type }
    return { json: {}, form: await new Response(bytes, { headers }).formData() }
  }
  const text = bytes.toString('utf8')
  const json = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {}
  return { json, form: undefined }
}

function succeed(response: ServerResponse, result: unknown): void {
  const count = Array.isArray(result) ? result.length : 1
  const info = { page: 1, per_page: 1000, count, total_count: count }
  send(response, 200, { success: true, errors: [], messages: [], result, result_info: info })
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
