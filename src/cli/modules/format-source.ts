import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { projectRoot } from '../project.ts'

const biomeBin = join(
  dirname(createRequire(import.meta.url).resolve('@biomejs/biome/package.json')),
  'bin/biome',
)

/**
 * Text as the project's formatter would leave it, imports in order.
 *
 * @param path What the file will be called, relative to the project: rules depend on it.
 * @throws {Error} when the text is not TypeScript, which is our bug.
 */
export async function formatSource(path: string, text: string): Promise<string> {
  const args = [biomeBin, 'check', '--write', '--colors=off', `--stdin-file-path=${path}`]
  const child = spawn(process.execPath, args, { cwd: projectRoot })
  let [formatted, complaints] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    formatted += part
  })
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    complaints += part
  })
  // It may end before it has read everything: why is in what it prints.
  child.stdin.on('error', () => undefined).end(text)
  const [code] = await once(child, 'close')
  if (code !== 0 || formatted === '') throw new Error(`biome on ${path}:\n${complaints}`)
  return formatted
}
