import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { buildWorker, gzipBytes } from '../../src/cli/build-worker.ts'
import { temporaryFolder } from '../support/temporary.ts'

const fixture = join(import.meta.dirname, 'fixtures/notes')

describe('buildWorker', () => {
  it('gives the same build to everybody at once, and a new one when the entry changes', async () => {
    await using folder = await temporaryFolder()
    await cp(fixture, folder.path, { recursive: true })
    const entry = join(folder.path, 'entry.js')
    const options = { configPath: join(folder.path, 'wrangler.toml'), entry }

    const builds = await Promise.all([1, 2, 3].map(() => buildWorker(options)))
    const [first] = builds
    expect(first?.map(({ path, type }) => [path, type])).toEqual([['entry.js', 'ESModule']])
    for (const build of builds) expect(build).toEqual(first)
    expect(gzipBytes(first ?? [])).toBeLessThan(5_000)

    await writeFile(entry, `${await readFile(entry, 'utf8')}\nconsole.log('changed')\n`)
    const [changed] = await buildWorker(options)
    expect(String(changed?.contents)).toContain("console.log('changed')".replaceAll("'", '"'))
  })

  it('shows what is wrong with a source that cannot be built', async () => {
    await using folder = await temporaryFolder()
    await cp(fixture, folder.path, { recursive: true })
    const entry = join(folder.path, 'entry.js')
    await writeFile(entry, "import { gone } from './gone'\nexport default { fetch: gone }\n")
    const build = buildWorker({ configPath: join(folder.path, 'wrangler.toml'), entry })
    await expect(build).rejects.toThrow(/^Could not build the Worker\.\n[\s\S]*\.\/gone/)
  })
})
