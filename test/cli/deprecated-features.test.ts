import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { deprecatedFeatures } from '../../src/cli/modules/deprecated-features.ts'
import { temporaryFolder } from '../support/temporary.ts'

/** What is said of a module `dice` of these files. */
async function saidOf(files: Record<string, string>): Promise<string[]> {
  await using folder = await temporaryFolder()
  const list = `import dice from './dice/index'\n\nconst servers = [dice]\n`
  for (const [name, text] of Object.entries({ 'index.ts': list, ...files })) {
    const path = join(folder.path, 'servers', name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }
  return await deprecatedFeatures(folder.path)
}

describe('what the protocol is about to drop', () => {
  it('M-78 is not used by the modules that come with the platform', async () => {
    expect(await deprecatedFeatures()).toEqual([])
  })

  it('M-78 is named once for each module and feature, with the first place', async () => {
    const said = await saidOf({
      'dice/index.ts': "// Rolls.\nrun: (_, ctx) => {\n  ctx.log.info('rolled')\n}\n",
      'dice/tools/again.ts':
        "run(_, { log }) {\n  log\n  log . warning('again')\n  log[level]('x')\n}",
      'dice/ask.ts': "ask('sampling/createMessage')\nask('roots/list')\n",
      'other/index.ts': "ctx.log.info('in no list')",
    })
    expect(said).toEqual([
      expect.stringMatching(/^Warning: servers\/dice\/ask\.ts:1 uses samples .*deprecated/),
      expect.stringMatching(/^Warning: servers\/dice\/ask\.ts:2 uses a client's roots.*deprecated/),
      expect.stringMatching(
        /^Warning: servers\/dice\/index\.ts:3, and 2 more, uses ctx\.log.*ctx\.progress\.$/,
      ),
    ])
  })

  it('M-78 is looked for beside a literal of many megabytes', async () => {
    const text = `const page = \`${'x'.repeat(16_000_000)}\`\nctx.log.info('rolled')`
    expect(await saidOf({ 'dice/index.ts': text })).toEqual([
      expect.stringContaining('servers/dice/index.ts:2 uses ctx.log'),
    ])
  })

  it.each([
    'console.log("rolled")',
    'const x = Math.log(2) + catalog.info(1)',
    '// ctx.log.info("not any more")',
    '/*\n ctx.log.info("not any more")\n*/',
    'const log = [1]',
    'const last = log[0] + log[log.length - 1]',
    'description: "The log [of today] is read."',
  ])('M-78 is not taken for what it is not: %s', async (text) => {
    expect(await saidOf({ 'dice/index.ts': text })).toEqual([])
  })
})
