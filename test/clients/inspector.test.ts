import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { projectRoot } from '../../src/cli/project.ts'
import { runCommand } from '../support/command.ts'
import { loopbackOnly } from '../support/loopback-only.ts'
import { type Platform, start } from '../support/platform.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { type CallOutcome, usesTheTimeModule } from './time-module.ts'

const inspector = join(projectRoot, 'node_modules/.bin/mcp-inspector')

let platform: Platform
let home: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => {
  home = await temporaryFolder()
  await mkdir(join(home.path, 'tmp'))
  platform = await start()
})
afterAll(async () => {
  await platform?.stop()
  await home?.[Symbol.asyncDispose]()
})

/** Exit code 5 is the Inspector's way to say that a tool's result is an error. */
async function inspect(era: string, method: string, args: string[] = []): Promise<unknown> {
  const url = `${platform.origin}/time/mcp`
  const { code, stdout, stderr } = await runCommand(
    process.execPath,
    [
      ...[inspector, '--cli', '--transport', 'http', '--server-url', url],
      ...['--protocol-era', era, '--format', 'json', '--method', method, ...args],
    ],
    // What it stores, and where it would look for an earlier run, stays in a folder of this test.
    { cwd: home.path, env: { HOME: home.path, TMPDIR: join(home.path, 'tmp'), ...loopbackOnly } },
  )
  expect(stderr).not.toContain('refused to connect')
  expect([0, 5], stderr).toContain(code)
  return JSON.parse(stdout).result
}

describe.each([
  ['legacy', '2025-11-25'],
  ['modern', '2026-07-28'],
])('Inspector CLI, %s era', (era, revision) => {
  usesTheTimeModule(() => ({
    async listTools() {
      const { tools } = (await inspect(era, 'tools/list')) as { tools: { name: string }[] }
      return tools.map(({ name }) => name)
    },
    async callTool(name, args) {
      const pairs = Object.entries(args).map(([key, value]) => `${key}=${value}`)
      const flags = ['--tool-name', name, ...pairs.flatMap((pair) => ['--tool-arg', pair])]
      return (await inspect(era, 'tools/call', flags)) as CallOutcome
    },
  }))

  it(`speaks ${revision}`, async () => {
    const before = platform.logs.length
    await inspect(era, 'tools/call', ['--tool-name', 'get_current_time'])
    await vi.waitFor(() => {
      // The Inspector does not say what it negotiated; the Worker's line for the call does.
      const calls = platform.logs.slice(before).map(({ message }) => JSON.parse(message))
      expect(calls).toMatchObject([{ event: 'call', revision, client: 'inspector-cli' }])
    })
  })
})
