/** A new module becomes part of the project: files, list, database; all of it or nothing. @module */
import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { RESERVED_SEGMENTS } from '../../http/paths.ts'
import { MODULE_NAME } from '../../store/module-name.ts'
import { CliError } from '../cli-error.ts'
import { NEWEST_MIGRATIONS, writeNewestMigrations } from '../newest-migrations.ts'
import { projectRoot } from '../project.ts'
import { runWrangler } from '../run-wrangler.ts'
import { WRANGLER_CONFIG, withDatabase } from './database-binding.ts'
import { changeFiles } from './file-changes.ts'
import { formatSource } from './format-source.ts'
import { listedModules, MODULE_LIST, withModule } from './module-list.ts'

/** What `npm run types` writes from the bindings of wrangler.toml. */
const BINDING_TYPES = 'worker-configuration.d.ts'

export interface NewModule {
  name: string
  /** Text of each new file, by its path in the project. TypeScript is formatted on the way. */
  files: Record<string, string>
  /** Whether it gets a database of its own. */
  database: boolean
}

/** Refuses a name that no new module can have. @throws {CliError} */
export async function checkNewName(name: string): Promise<void> {
  if (!MODULE_NAME.test(name)) {
    const near = name
      .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^[^a-z]+|-+$/g, '')
      .slice(0, 32)
    throw new CliError(
      `"${name}" cannot be the name of a module: it takes 1 to 32 characters of a-z, 0-9 and "-" ` +
        `and starts with a letter.${MODULE_NAME.test(near) ? ` How about "${near}"?` : ''}`,
    )
  }
  if (RESERVED_SEGMENTS.has(name)) {
    throw new CliError(`/${name} is a path of the platform itself. Choose another name.`)
  }
  const folder = `servers/${name}`
  if (await exists(folder)) throw new CliError(`There is a folder ${folder} already.`)
  if (listedModules(await read(MODULE_LIST)).includes(name)) {
    throw new CliError(`${MODULE_LIST} lists a module ${name} already, whose folder is missing.`)
  }
}

/**
 * Writes the files, binds a database, adds the module to the list: in this order, so that nothing
 * counts before everything is there.
 *
 * @throws {CliError} with the project as it was.
 */
export async function addModule({ name, files, database }: NewModule): Promise<void> {
  await checkNewName(name)
  const formatted = await Promise.all(
    Object.entries(files).map(
      async ([path, text]): Promise<[string, string]> => [
        path,
        path.endsWith('.ts') ? await formatSource(path, text) : text,
      ],
    ),
  )
  const list = await read(MODULE_LIST)
  const longerList = await withModule(list, name)
  const config = await read(WRANGLER_CONFIG)
  const longerConfig = database ? await withDatabase(config, name) : config

  await changeFiles(async ({ create, replace, guard, signal }) => {
    for (const [path, text] of formatted) await create(path, text)
    if (database) {
      await guard(BINDING_TYPES)
      await replace(WRANGLER_CONFIG, config, longerConfig)
      await guard(NEWEST_MIGRATIONS)
      await writeNewestMigrations(join(projectRoot, WRANGLER_CONFIG))
      await runWrangler(['types', '--include-runtime=false'], {
        purpose: 'write the types of the bindings',
        signal,
      })
    }
    await replace(MODULE_LIST, list, longerList)
  })
}

const read = (path: string): Promise<string> => readFile(join(projectRoot, path), 'utf8')

const exists = (path: string): Promise<boolean> =>
  access(join(projectRoot, path)).then(
    () => true,
    () => false,
  )
