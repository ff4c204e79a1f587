import { cp, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { buildCacheDir, projectRoot } from '../../src/cli/project.ts'
import { type Command, type CommandOptions, startCommand } from './command.ts'
import { temporaryFolder } from './temporary.ts'

const PARTS = [
  ...['src', 'servers', 'migrations', 'test', 'package.json', 'package-lock.json'],
  ...['tsconfig.json', 'tsconfig.node.json', 'biome.json', 'vitest.config.ts'],
  ...['wrangler.toml', 'worker-configuration.d.ts', '.gitignore'],
]

export interface ProjectCopy extends AsyncDisposable {
  path: string
  /** One of its commands, as `npm run` starts it. */
  quayside(args: string[], options?: CommandOptions): Command
}

/** The whole project in a folder of its own, for what changes its files. */
export async function copyProject(): Promise<ProjectCopy> {
  const folder = await temporaryFolder()
  const { path } = folder
  for (const part of PARTS) await cp(join(projectRoot, part), join(path, part), { recursive: true })
  await symlink(join(projectRoot, 'node_modules'), join(path, 'node_modules'))
  // What is not changed need not be built again.
  await mkdir(buildCacheDir, { recursive: true })
  await mkdir(join(path, '.quayside'))
  await symlink(buildCacheDir, join(path, '.quayside/build'))
  return {
    path,
    quayside: (args, options) =>
      startCommand(process.execPath, ['src/cli/main.mjs', ...args], { cwd: path, ...options }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}
