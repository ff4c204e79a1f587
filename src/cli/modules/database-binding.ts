/** `wrangler.toml`, as text to which a module's own database is added. @module */
import { databaseBinding, databaseBlock } from '../../store/module-name.ts'
import { CliError } from '../cli-error.ts'
import { parseConfigText } from '../config-text.ts'

export const WRANGLER_CONFIG = 'wrangler.toml'

/**
 * The configuration with a database for the module, in the top level and in every environment that
 * has databases: environments inherit none.
 *
 * @throws {CliError} when the module has one already, or the file cannot be extended.
 */
export async function withDatabase(text: string, module: string): Promise<string> {
  const before = await parseConfigText(text)
  const environments = Object.entries(before.env ?? {})
    .filter(([, { d1_databases: databases = [] }]) => databases.length > 0)
    .map(([name]) => name)
  const bound = [before, ...environments.map((name) => before.env?.[name])].flatMap(
    (part) => part?.d1_databases ?? [],
  )
  const binding = databaseBinding(module)
  if (bound.some((database) => database.binding === binding)) {
    throw new CliError(`${WRANGLER_CONFIG} has a database ${binding} already. Nothing was changed.`)
  }
  const note = `# The own database of servers/${module}.\n`
  let extended = insertBlock(text, 'd1_databases', note + databaseBlock(module))
  for (const name of environments) {
    extended = insertBlock(extended, `env.${name}.d1_databases`, databaseBlock(module, name))
  }
  const after = await parseConfigText(extended)
  const added = (part: typeof before | undefined) =>
    part?.d1_databases?.filter((database) => database.binding === binding).length
  if ([after, ...environments.map((name) => after.env?.[name])].some((part) => added(part) !== 1)) {
    throw new CliError(
      `${WRANGLER_CONFIG} could not be extended. Nothing was changed. Add by hand:\n${databaseBlock(module)}`,
    )
  }
  return extended
}

/** After the last table of that name, or at the end: an array of tables may go on anywhere. */
function insertBlock(text: string, table: string, block: string): string {
  const lines = text.trimEnd().split('\n')
  const last = lines.findLastIndex((line) => line.trim().startsWith(`[[${table}]]`))
  if (last < 0) return `${lines.join('\n')}\n\n${block}\n`
  const next = lines.findIndex((line, index) => index > last && /^\s*\[/.test(line))
  let end = next < 0 ? lines.length : next
  // What stands right above a table is about that table.
  while (end > last + 1 && /^\s*(#.*)?$/.test(lines[end - 1] ?? '')) end -= 1
  return `${[...lines.slice(0, end), '', block, ...lines.slice(end)].join('\n')}\n`
}
