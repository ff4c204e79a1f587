/** `npm run new -- <name>`: a module to start from, with its test. @module */
import { parseArgs } from 'node:util'
import { CliError } from './cli-error.ts'
import { addModule, checkNewName } from './modules/add-module.ts'
import { moduleFiles } from './modules/templates.ts'

const USAGE = 'Usage: npm run new -- <name> [--db | --public] [--title TEXT]'

/** Adds the module to the project, or changes nothing. @throws {CliError} */
export async function run(args: string[]): Promise<void> {
  const { name, database, access, title } = parseNewArgs(args)
  await checkNewName(name)
  const files = moduleFiles({ name, database, access, title })
  await addModule({ name, files, database })
  const made = Object.keys(files)
  process.stdout.write(
    [
      `The module ${name} is there, and in the list servers/index.ts:`,
      ...made.map((path) => `  ${path}`),
      ...(database ? [`Its database is bound in wrangler.toml.`] : []),
      '',
      `npm start serves it at http://localhost:8484/${name}/mcp, and again after every change.`,
      `npx vitest run ${made.find((path) => path.startsWith('test/'))} runs its test.`,
      '',
    ].join('\n'),
  )
}

function parseNewArgs(args: string[]) {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        db: { type: 'boolean', default: false },
        public: { type: 'boolean', default: false },
        title: { type: 'string' },
      },
    })
    const [name, ...rest] = positionals
    if (name === undefined || rest.length > 0) throw new Error('Name one module.')
    if (values.db && values.public) {
      throw new Error(
        'Choose --db or --public: whoever has not signed in has no data of their own.',
      )
    }
    return {
      name,
      database: values.db,
      access: values.public ? ('public' as const) : ('authenticated' as const),
      title: values.title?.trim() || titleOf(name),
    }
  } catch (error) {
    throw new CliError(`${(error as Error).message}\n${USAGE}`, { cause: error })
  }
}

/** `stock-room` is "Stock room". */
const titleOf = (name: string): string =>
  (name[0]?.toUpperCase() ?? '') + name.slice(1).replaceAll('-', ' ')
