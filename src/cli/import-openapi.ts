/** `npm run import:openapi -- <file or url> <module>`: an API as a module to review. @module */
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { settingName } from '../store/module-name.ts'
import { CliError } from './cli-error.ts'
import { addModule, checkNewName } from './modules/add-module.ts'
import { chooseOperations, operationName, toolNames } from './openapi/choose-operations.ts'
import { shortText } from './openapi/convert-schema.ts'
import { type SecretSlot, secretsFromOption, secretsOf } from './openapi/credentials.ts'
import { type ApiDocument, type ApiOperation, loadDocument } from './openapi/document.ts'
import { planTool, type ToolPlan } from './openapi/plan-tool.ts'
import { type ModulePlan, renderModule } from './openapi/render-module.ts'

const USAGE = `Usage: npm run import:openapi -- <file or https url> <module> [options]
       npm run import:openapi -- <file or https url> --list
  --operations A,B   those that are wanted: operation ids or "GET /path", * for anything, tag:NAME
  --prefix TEXT      before the name of each tool
  --server URL       where the API is, if not where its document says
  --auth KIND        bearer, basic, header:NAME, query:NAME or none, if not what its document says
  --title TEXT
  --lenient         go on with a document that is not quite valid
  --public           anyone may call; only for reading without credentials`

/** Writes a module that calls the chosen operations, or changes nothing. @throws {CliError} */
export async function run(args: string[]): Promise<void> {
  const options = parseImportArgs(args)
  const { source, module } = options
  if (module !== undefined) await checkNewName(module)
  const document = await loadDocument(source, {
    ...(options.lenient && { onProblems: (sentence) => process.stderr.write(`${sentence}\n`) }),
  })
  if (module === undefined) {
    // Into `head`, say, which does not read to the end.
    process.stdout.on('error', () => undefined)
    process.stdout.write(`${listOf(document)}\n`)
    return
  }
  const chosen = chooseOperations(document.operations, options.operations)
  const urls = new Map(chosen.map((it) => [it, serverOf(it, source, options.server)]))
  const { tools, left } = planTools(chosen, urls, module, options.prefix, document)
  const hosts = [...new Set(tools.map(({ operation }) => new URL(operation.url).host))]
  const title = shortText(options.title ?? document.title, 80)
  const secrets = options.auth
    ? secretsFromOption(options.auth, title)
    : secretsOf(document, chosen, title)
  assertOneHost(hosts, secrets)
  const access = options.public ? 'public' : 'authenticated'
  if (access === 'public') assertHarmless(tools, secrets)

  const description = shortText(document.description ?? '', 300) || `Tools of ${title}.`
  const plan: ModulePlan = {
    name: module,
    title,
    description,
    access,
    source: sourceName(document, source),
    hosts,
    secrets,
    tools,
  }
  const files = await renderModule(plan, document)
  await addModule({ name: module, files, database: false })
  process.stdout.write(`${report(plan, left, Object.keys(files))}\n`)
}

/** A file's place on this machine is nobody else's business. */
function sourceName({ version }: ApiDocument, source: string): string {
  const name = /^https?:/i.test(source) ? source : basename(source)
  return version ? `version ${version} of ${name}` : name
}

interface Planned {
  tools: ToolPlan[]
  /** Operations that cannot be tools, with the reason. */
  left: string[]
}

function planTools(
  chosen: ApiOperation[],
  urls: Map<ApiOperation, string>,
  module: string,
  prefix: string,
  document: ApiDocument,
): Planned {
  const names = toolNames(chosen, module, prefix)
  const planned: Planned = { tools: [], left: [] }
  for (const operation of chosen) {
    const plan = planTool(
      operation,
      names.get(operation) ?? '',
      urls.get(operation) ?? '',
      document,
    )
    if ('unsupported' in plan) planned.left.push(`${operationName(operation)}: ${plan.unsupported}`)
    else planned.tools.push(plan)
  }
  if (planned.tools.length === 0) {
    throw new CliError(['None of these operations can be a tool:', ...planned.left].join('\n  '))
  }
  return planned
}

/** Without a slash at its end. @throws {CliError} when it is no https address. */
function serverOf(
  { servers, method, path }: ApiOperation,
  source: string,
  option?: string,
): string {
  const [server] = servers
  const written = option ?? fillIn(server?.url ?? '/', server?.variables ?? {})
  const base = /^https?:/i.test(source) ? source : undefined
  const url = URL.parse(written, base)
  const isPlain = url?.protocol === 'https:' && !url.port && !url.search && !url.username
  if (!isPlain || /[{}]|%7B/i.test(url.href)) {
    throw new CliError(
      `Where is ${method.toUpperCase()} ${path}? Its document says ${JSON.stringify(written)}, and it ` +
        'has to be an https address. Name it: --server https://api.example.com/v1',
    )
  }
  return url.href.replace(/\/+$/, '')
}

const fillIn = (url: string, variables: Record<string, Record<string, unknown>>): string =>
  url.replace(/\{([^}]+)\}/g, (whole, name: string) => String(variables[name]?.default ?? whole))

/** Which of several hosts gets a secret is for a person to decide. */
function assertOneHost(hosts: string[], secrets: SecretSlot[]): void {
  if (hosts.length < 2 || secrets.length === 0) return
  throw new CliError(
    `These operations are at several hosts (${hosts.join(', ')}), and a secret is for one. Import ` +
      'them as one module each, with --operations, or name one with --server.',
  )
}

function assertHarmless(tools: ToolPlan[], secrets: SecretSlot[]): void {
  const writing = tools.find(({ scope }) => scope !== 'read')
  if (secrets.length === 0 && !writing) return
  throw new CliError(
    `--public lets anyone call, and ${writing ? `${writing.name} changes something` : 'these calls carry your credentials'}. ` +
      'Leave it out, or choose other operations.',
  )
}

function listOf({ title, operations }: ApiDocument): string {
  const rows = operations.map((operation) => {
    const { method, path, summary, deprecated } = operation
    return [
      operationName(operation),
      `${method.toUpperCase()} ${path}`,
      `${deprecated ? '(deprecated) ' : ''}${shortText(summary ?? '', 80)}`,
    ]
  })
  return [`${title}: ${operations.length} operations`, ...rows.map((row) => row.join('\t'))].join(
    '\n',
  )
}

function report(
  { name, title, tools, secrets }: ModulePlan,
  left: string[],
  files: string[],
): string {
  return [
    `The module ${name} (${title}) is there, and in the list servers/index.ts:`,
    ...files.filter((path) => !path.includes('/tools/')).map((path) => `  ${path}`),
    `  servers/${name}/tools/: ${tools.map((tool) => tool.name).join(', ')}`,
    ...(left.length > 0 ? ['', 'Left out:', ...left.map((line) => `  ${line}`)] : []),
    '',
    'Review it before you serve it: descriptions are read by models, and came from somebody else.',
    ...secrets.map(
      ({ name: slot, description }) =>
        `${settingName(name, slot)} in .dev.vars, or as a secret when deployed: ${description}.`,
    ),
  ].join('\n')
}

function parseImportArgs(args: string[]) {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        list: { type: 'boolean', default: false },
        operations: { type: 'string', multiple: true, default: [] },
        prefix: { type: 'string', default: '' },
        server: { type: 'string' },
        auth: { type: 'string' },
        title: { type: 'string' },
        public: { type: 'boolean', default: false },
        lenient: { type: 'boolean', default: false },
      },
    })
    const [source, module, ...rest] = positionals
    if (source === undefined) throw new Error('Name an OpenAPI document.')
    if (rest.length > 0 || (module === undefined) !== values.list) {
      throw new Error('Name a document and a module, or a document and --list.')
    }
    if (!/^[A-Za-z0-9_]{0,20}$/.test(values.prefix)) {
      throw new Error(`--prefix takes up to 20 letters, digits and "_", not "${values.prefix}".`)
    }
    const operations = values.operations.flatMap((list) => list.split(',').map((it) => it.trim()))
    return { ...values, operations: operations.filter(Boolean), source, module }
  } catch (error) {
    throw new CliError(`${(error as Error).message}\n${USAGE}`, { cause: error })
  }
}
