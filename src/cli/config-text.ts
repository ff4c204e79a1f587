/** Text of a wrangler configuration, before it is written anywhere. @module */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readRawConfig } from './read-config.ts'

/** What the text says, by the parser that will read it. @throws {CliError} */
export async function parseConfigText(text: string): Promise<ReturnType<typeof readRawConfig>> {
  const folder = await mkdtemp(join(tmpdir(), 'quayside-config-'))
  try {
    const path = join(folder, 'wrangler.toml')
    await writeFile(path, text)
    return readRawConfig(path)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
