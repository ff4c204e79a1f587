import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { projectRoot } from '../../src/cli/project.ts'
import { runCommand } from '../support/command.ts'
import { temporaryFolder } from '../support/temporary.ts'

/** Rooms from the top down; imports point down this list. */
const ROOMS = [
  ...['app', 'http', 'console', 'session', 'tasks', 'dispatch', 'notify', 'approval', 'oauth'],
  ...['identity', 'budget', 'ledger', 'audit', 'egress', 'registry', 'policy', 'control', 'keys'],
  ...['store', 'sdk', 'handler', 'protocol', 'config', 'lib'],
]
/** Rooms that are a file rather than a folder. */
const FILES = ['app', 'config']

const pathOf = (room: string, name: string) =>
  FILES.includes(room) ? `src/${room}.ts` : `src/${room}/${name}.ts`
const importing = (room: string, others: string[]) =>
  others
    .map((other, index) => {
      const from = `${FILES.includes(room) ? '.' : '..'}/${other}`
      return `export { it as from${index} } from '${from}'\n`
    })
    .join('')

/** Each file that is linted, and the rules it breaks. */
const broken: [what: string, path: string, code: string, rule: string][] = [
  [
    'an `any`',
    'src/lib/any.ts',
    'export const a = (b: any) => b\n',
    'lint/suspicious/noExplicitAny',
  ],
  [
    'a promise nobody waits for',
    'src/http/floating.ts',
    'const a = async () => 1\nexport function b() {\n  a()\n}\n',
    'lint/nursery/noFloatingPromises',
  ],
  [
    'a cycle of imports, at its one end',
    'src/lib/one.ts',
    "import { two } from './two'\nexport const one = () => two\n",
    'lint/suspicious/noImportCycles',
  ],
  [
    'a cycle of imports, at its other end',
    'src/lib/two.ts',
    "import { one } from './one'\nexport const two = () => one\n",
    'lint/suspicious/noImportCycles',
  ],
  ...['dispatch', 'session', 'keys', 'sdk', 'protocol', 'lib'].map(
    (room): [string, string, string, string] => [
      `Hono in ${room}`,
      pathOf(room, 'hono'),
      "export { Hono } from 'hono'\n",
      'lint/style/noRestrictedImports',
    ],
  ),
  ...['policy', 'protocol', 'lib'].map((room): [string, string, string, string] => [
    `a binding in ${room}, which is pure`,
    pathOf(room, 'bindings'),
    "export { env } from 'cloudflare:workers'\n",
    'lint/style/noRestrictedImports',
  ]),
  ...['../../src/lib', '../../src/sdk', 'hono', 'cloudflare:workers'].map(
    (from, index): [string, string, string, string] => [
      `${from} in a tool module`,
      `servers/probe/from-${index}.ts`,
      `export { it } from '${from}'\n`,
      'lint/style/noRestrictedImports',
    ],
  ),
]
const fine: [what: string, path: string, code: string][] = [
  ['Hono in http', 'src/http/hono.ts', "export { Hono } from 'hono'\n"],
  ['a binding in an object', 'src/keys/object.ts', "export { env } from 'cloudflare:workers'\n"],
  [
    'the authoring interface and a package in a tool module',
    'servers/probe/index.ts',
    "export { defineTool } from '#sdk'\nexport { z } from 'zod'\nexport { it } from './own'\n",
  ],
]
// `app` is left out: it is the top, and connects what it likes.
const importers = ROOMS.slice(1).map((room) => ({
  room,
  above: ['cli', ...ROOMS.slice(0, ROOMS.indexOf(room))],
  below: ROOMS.slice(ROOMS.indexOf(room) + 1),
}))

const Report = z.object({
  diagnostics: z.array(
    z.object({ category: z.string(), location: z.object({ path: z.string() }) }),
  ),
})

describe('the linter', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  const found = new Map<string, string[]>()

  beforeAll(async () => {
    folder = await temporaryFolder()
    const files = [
      ...[...broken, ...fine].map(([, path, code]) => [path, code] as const),
      ...importers.flatMap(({ room, above, below }) => [
        [`up/${pathOf(room, 'up')}`, importing(room, above)] as const,
        [`down/${pathOf(room, 'down')}`, importing(room, below)] as const,
      ]),
    ]
    for (const [path, code] of files) {
      await mkdir(dirname(join(folder.path, path)), { recursive: true })
      await writeFile(join(folder.path, path), code)
    }
    for (const name of ['biome.json', '.gitignore']) {
      await copyFile(join(projectRoot, name), join(folder.path, name))
    }
    const biome = join(projectRoot, 'node_modules/@biomejs/biome/bin/biome')
    const { stdout } = await runCommand(
      process.execPath,
      [biome, 'lint', '.', '--reporter=json', '--max-diagnostics=none', '--diagnostic-level=error'],
      { cwd: folder.path },
    )
    for (const { category, location } of Report.parse(JSON.parse(stdout)).diagnostics) {
      found.set(location.path, [...(found.get(location.path) ?? []), category])
    }
  })
  afterAll(() => folder[Symbol.asyncDispose]())

  it.each(broken)('refuses %s', (_, path, __, rule) => {
    expect(found.get(path)).toEqual([rule])
  })

  it.each(fine)('lets through %s', (_, path) => {
    expect(found.get(path)).toBeUndefined()
  })

  it.each(importers)('refuses every import in $room of a room above it', ({ room, above }) => {
    const rule = 'lint/style/noRestrictedImports'
    expect(found.get(`up/${pathOf(room, 'up')}`)).toEqual(above.map(() => rule))
  })

  it.each(importers)('lets $room import every room below it', ({ room }) => {
    expect(found.get(`down/${pathOf(room, 'down')}`)).toBeUndefined()
  })
})
