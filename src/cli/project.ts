import { join, resolve } from 'node:path'

/** Where `package.json` is. Commands work from any current directory. */
export const projectRoot = resolve(import.meta.dirname, '../..')

/** The Worker's configuration, read by wrangler, `npm start` and the tests alike. */
export const defaultConfigPath = join(projectRoot, 'wrangler.toml')

/** Builds of the Worker, shared by every command and test process; safe to delete. */
export const buildCacheDir = join(projectRoot, '.quayside/build')

/** Where local data (D1, Durable Objects) lives: `QUAYSIDE_STATE_DIR`, or beside the project. */
export function localStateDir(): string {
  return resolve(process.env.QUAYSIDE_STATE_DIR ?? join(projectRoot, '.quayside/state'))
}
