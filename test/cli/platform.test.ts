import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { startCommand } from '../support/command.ts'
import { listTools, openSession } from '../support/mcp.ts'
import { type Platform, start } from '../support/platform.ts'
import { groupGone, processesInGroup } from '../support/processes.ts'
import { temporaryFolder } from '../support/temporary.ts'

const notes = join(import.meta.dirname, 'fixtures/notes/wrangler.toml')

const getJson = async (url: string): Promise<unknown> => (await fetch(url)).json()
const names = async (platform: Platform) =>
  (await platform.processes()).map(({ command }) => command)

describe('the platform as a process', () => {
  it('serves 2025 sessions that survive a restart and a SIGKILL', async () => {
    await using platform = await start()
    const { origin, pid } = platform
    const sessionId = await openSession(`${origin}/time/mcp`)

    await platform.restart()
    expect(platform.origin).toBe(origin)
    expect(platform.pid).not.toBe(pid)
    expect((await listTools(`${origin}/time/mcp`, sessionId)).status).toBe(200)

    await platform.kill()
    await expect(fetch(origin)).rejects.toThrow()
    await platform.restart()
    expect((await listTools(`${origin}/time/mcp`, sessionId)).status).toBe(200)
  })

  it('runs two isolates that accept each other’s sessions', async () => {
    await using platform = await start({ twoIsolates: true })
    const [first, second] = platform.origins.map((origin) => `${origin}/time/mcp`)
    if (!first || !second) throw new Error('there should be two origins')
    expect(first).not.toBe(second)
    expect((await listTools(second, await openSession(first))).status).toBe(200)
    expect((await listTools(first, await openSession(second))).status).toBe(200)
  })

  it('shares Durable Objects and D1 between isolates, and keeps both over a SIGKILL', async () => {
    await using platform = await start({ configPath: notes, twoIsolates: true })
    const [first, second] = platform.origins
    await fetch(`${first}/`, { method: 'POST', body: 'from the first' }).then((r) => r.text())
    expect(await getJson(`${second}/`)).toEqual(['from the first'])
    expect(await getJson(`${first}/count`)).toBe(1)
    expect(await getJson(`${second}/count`)).toBe(2)

    await platform.kill()
    await platform.restart()
    expect(platform.origins).toEqual([first, second])
    expect(await getJson(`${second}/`)).toEqual(['from the first'])
    expect(await getJson(`${first}/count`)).toBe(3)
  })

  it('sets QUAYSIDE_LOCAL and the given bindings, and takes away those that are null', async () => {
    await using plain = await start({ configPath: notes })
    expect(await getJson(`${plain.origin}/vars`)).toEqual({
      LOCAL: '1',
      NOTE: 'from the configuration',
    })
    await using changed = await start({
      configPath: notes,
      vars: { NOTE: 'from the test', QUAYSIDE_LOCAL: null },
    })
    expect(await getJson(`${changed.origin}/vars`)).toEqual({ NOTE: 'from the test' })
  })

  it('keeps a state folder it was given and removes its own', async () => {
    await using folder = await temporaryFolder()
    const given = await start({ configPath: notes, stateDir: folder.path })
    expect(await getJson(`${given.origin}/count`)).toBe(1)
    await given.stop()
    await using again = await start({ configPath: notes, stateDir: folder.path })
    expect(await getJson(`${again.origin}/count`)).toBe(2)

    const own = await start({ configPath: notes })
    await own.kill()
    await own.stop()
    await expect(readdir(own.stateDir)).rejects.toThrow('ENOENT')
  })

  it('collects what the Worker prints', async () => {
    await using platform = await start({ configPath: notes })
    await fetch(`${platform.origin}/print`).then((response) => response.text())
    await vi.waitFor(() => {
      expect(platform.logs).toContainEqual({ level: 'log', message: 'printed' })
    })
  })

  it('rejects with the registry’s sentences when the Worker refuses to start', async () => {
    const configPath = join(import.meta.dirname, 'fixtures/faulty-module/wrangler.toml')
    await expect(start({ configPath })).rejects.toThrow(/^The Worker refused to start:\nservers\//)
  })
})

describe('no process is left over', () => {
  it.each(['stop', 'kill'] as const)('after %s()', async (end) => {
    await using platform = await start()
    const { pid } = platform
    expect(await names(platform)).toContain('workerd')
    await platform[end]()
    expect(await processesInGroup(pid)).toEqual([])
  })

  it.each(['SIGKILL', 'SIGTERM'] as const)('when %s ends the test process', async (signal) => {
    await using owner = startCommand(process.execPath, [
      ...['--input-type=module', '--eval'],
      `const { start } = await import(${JSON.stringify(join(import.meta.dirname, '../support/platform.ts'))})
       const platform = await start({ configPath: ${JSON.stringify(notes)} })
       console.log('pid=' + platform.pid)
       setInterval(() => {}, 1000)`,
    ])
    await owner.printed(/pid=\d+\n/)
    const pid = Number(/pid=(\d+)/.exec(owner.stdout)?.[1])
    expect(await processesInGroup(pid)).not.toEqual([])
    owner.signal(signal)
    await owner.finished
    await groupGone(pid)
  })
})
