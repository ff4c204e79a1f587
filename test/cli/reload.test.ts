import { appendFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { changesIn } from '../../src/cli/watch-sources.ts'
import { messagesOf, readSse, type SseReader } from '../session/sse-reader.ts'
import type { Command } from '../support/command.ts'
import { loopbackOnly } from '../support/loopback-only.ts'
import { listTools, openSession, request2026 } from '../support/mcp.ts'
import { copyProject, type ProjectCopy } from '../support/project-copy.ts'
import { freePort, temporaryFolder } from '../support/temporary.ts'

const KEPT = 'The version from before keeps running.'
const MENDED = 'What runs is what the sources say again.'

describe('npm start, when a source changes', () => {
  let project: ProjectCopy
  let command: Command
  let origin: string
  beforeAll(async () => {
    project = await copyProject()
    // As it stands it says nothing of its own accord, so that its clients have no stream.
    await save('servers/time/index.ts', (text) => text.replace('push: false,', ''))
    const port = await freePort()
    origin = `http://localhost:${port}`
    command = project.quayside(['start', '--port', String(port)], {
      env: { QUAYSIDE_STATE_DIR: join(project.path, 'state'), PORT: undefined },
    })
    await command.printed(/Press Ctrl-C to stop/)
  })
  afterAll(async () => {
    await command?.[Symbol.asyncDispose]()
    await project?.[Symbol.asyncDispose]()
  })

  const path = (name: string) => join(project.path, name)
  /** As many editors save: another file takes its place. */
  async function save(name: string, change: (text: string) => string) {
    const scratch = path(`${name}.saving`)
    await writeFile(scratch, change(await readFile(path(name), 'utf8')))
    await rename(scratch, path(name))
  }
  /** What is printed from the change on, once the pattern is in it. */
  async function saying(pattern: string, change: () => Promise<void>): Promise<string> {
    const [out, err] = [command.stdout.length, command.stderr.length]
    await change()
    const news = () => command.stdout.slice(out) + command.stderr.slice(err)
    // One more than there were: `printed` looks at everything from the start.
    const before = command.stdout.split(pattern).length
    const escaped = pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    await command.printed(new RegExp(`(?:${escaped}[\\s\\S]*){${before}}`))
    return news()
  }
  const hears = async (stream: SseReader, method: string) => {
    for (let block = await stream.next(); block; block = await stream.next()) {
      if (messagesOf([block]).some((message) => message.method === method)) return
    }
    expect.fail(`the stream ended without ${method}`)
  }
  let versions = 0
  const anotherTitle = (text: string) =>
    text.replace(/(name: 'convert_time',\s+title: )'.*'/, `$1'Version ${++versions}'`)
  const time = () => `${origin}/time/mcp`
  const titles = async (sessionId: string) => (await listTools(time(), sessionId)).text()

  it('serves the change, on the same port, to sessions from before', async () => {
    const sessionId = await openSession(time())
    const said = await saying('Reloaded in', () =>
      save('servers/time/index.ts', (text) => text.replace('Current time', 'What time is it')),
    )
    expect(said).toMatch(/Reloaded in \d+\.\d s: servers\/time\/index\.ts\n/)
    expect(await titles(sessionId)).toContain('What time is it')

    // Once more: the first save has put another file in its place.
    await saying('Reloaded in', () =>
      save('servers/time/index.ts', (text) => text.replace('What time is it', 'The hour')),
    )
    expect(await titles(sessionId)).toContain('The hour')
  })

  it('M-36 tells a session that comes back that its lists have changed', async () => {
    const sessionId = await openSession(time())
    const listen = async (from: Record<string, string> = {}) => {
      const headers = { accept: 'text/event-stream', 'mcp-session-id': sessionId, ...from }
      return readSse(await fetch(time(), { headers, signal: AbortSignal.timeout(60_000) }))
    }
    const opening = await (await listen()).next()
    if (!opening?.id) throw new Error('nothing to come back with')
    await titles(sessionId)
    await saying('Reloaded in', () => save('servers/time/index.ts', anotherTitle))
    const back = await listen({ 'last-event-id': opening.id })
    await hears(back, 'notifications/tools/list_changed')
    await back.cancel()
  })

  it('M-36 tells a client of 2026-07-28 that listens again that its lists have changed', async () => {
    const filter = { notifications: { toolsListChanged: true } }
    const listen = async () => readSse(await request2026(time(), 'subscriptions/listen', filter))
    await hears(await listen(), 'notifications/subscriptions/acknowledged')
    await saying('Reloaded in', () => save('servers/time/index.ts', anotherTitle))
    const again = await listen()
    await hears(again, 'notifications/tools/list_changed')
    await again.cancel()
  })

  it('M-78 warns of what the protocol is about to drop, and so does a deployment', async () => {
    const warning = /^Warning: servers\/time\/index\.ts:\d+ uses ctx\.log: .*$/m
    const later = "export const later = (ctx: any) => ctx.log.info('x')\n"
    await saying('Reloaded in', () =>
      save('servers/time/index.ts', (text) => anotherTitle(`${text}${later}`)),
    )
    await command.printed(warning)
    await using deploying = project.quayside(['deploy', '--dry-run'], { env: loopbackOnly })
    const { code, stderr } = await deploying.finished
    expect([code, stderr]).toEqual([0, expect.stringMatching(warning)])
    await saying('Reloaded in', () =>
      save('servers/time/index.ts', (text) => anotherTitle(text.replace(later, ''))),
    )
  })

  it.each([
    [
      'does not compile',
      (text: string) => `${text}\nconst broken: = 1\n`,
      /Could not build the Worker\.[\s\S]*servers\/time\/index\.ts:\d+:\d+/,
    ],
    [
      'is refused by the registry',
      (text: string) => text.replace("name: 'convert_time'", "name: 'convert time'"),
      /The Worker refused to start:\nservers\/time\/index\.ts: tools\[1\]\.name "convert time"/,
    ],
    [
      'throws as it starts',
      (text: string) => `${text}\nthrow new Error('not today')\n`,
      /The Worker did not start:\nUncaught Error: not today/,
    ],
  ])(
    'keeps the last version when a module %s, until it is mended',
    async (_, breaking, sentence) => {
      const sessionId = await openSession(time())
      const original = await readFile(path('servers/time/index.ts'), 'utf8')
      const said = await saying(KEPT, () => save('servers/time/index.ts', breaking))
      expect(said).toMatch(sentence)
      expect(said).not.toMatch(/^ +at /m)
      expect(await titles(sessionId)).toContain('convert_time')
      await saying(MENDED, () => save('servers/time/index.ts', () => original))
    },
  )

  it('keeps the last version when the configuration cannot be read, and says so once', async () => {
    const original = await readFile(path('wrangler.toml'), 'utf8')
    const from = command.stdout.length
    const said = await saying(KEPT, () => save('wrangler.toml', (text) => `${text}[[broken`))
    expect(said).toContain('wrangler.toml cannot be used.')
    // Somebody logs into the project's folder: files that are nothing to us.
    for (const line of ['one', 'two']) {
      await appendFile(path('some.log'), line)
      await delay(300) // longer than it takes to look; that nothing is said cannot be awaited
    }
    await saying(MENDED, () => save('wrangler.toml', () => original))
    expect(command.stdout.slice(from).split(KEPT)).toHaveLength(2)
    expect((await fetch(`${origin}/modules.json`)).status).toBe(200)
  })

  it('serves a module that comes to be, with its database, and says how to connect', async () => {
    const said = await saying('Connector URL          ', async () => {
      await using scaffold = project.quayside(['new', 'stock-room', '--db'])
      expect(await scaffold.finished).toMatchObject({ code: 0 })
    })
    expect(said).toContain(`${origin}/stock-room/mcp`)
    expect(said).not.toContain(`${origin}/time/mcp`)
    expect((await fetch(`${origin}/stock-room/mcp`, { method: 'POST' })).status).toBe(401)
  })

  it('leaves migrations of a database that is there to the next start', async () => {
    const said = await saying('To be applied when you start again: ', () =>
      writeFile(path('servers/stock-room/migrations/0002_more.sql'), 'CREATE TABLE m'),
    )
    expect(said).toContain('servers/stock-room/migrations/0002_more.sql')
    await rm(path('servers/stock-room/migrations/0002_more.sql'))
    // What the commands write of documents is nobody's business: the new module brought some.
    expect(command.stdout).not.toContain('9000_content_')
  })

  it('stops in order while it reloads', async () => {
    await save('servers/time/index.ts', (text) => text.replace('The hour', 'Time'))
    command.signal('SIGINT')
    const { code, stdout, stderr } = await command.finished
    expect(code).toBe(0)
    expect(stdout).toMatch(/\nStopped\.\n$/)
    expect(stderr).not.toMatch(/^ +at /m)
    expect(await command.processes()).toEqual([])
  })
}, 120_000)

describe('changesIn', () => {
  it('notices files in folders that come to be, and that are replaced, and ends by its signal', async () => {
    await using folder = await temporaryFolder()
    const tree = join(folder.path, 'tree')
    await mkdir(tree)
    const stop = new AbortController()
    const changes = changesIn(
      { trees: [tree, join(folder.path, 'none')], folders: [] },
      stop.signal,
    )
    const next = async (change: () => Promise<unknown>) => {
      const noticed = changes.next()
      await change()
      return (await noticed).done
    }
    // The first comes once it watches.
    expect((await changes.next()).done).toBe(false)
    expect(await next(() => mkdir(join(tree, 'a/b'), { recursive: true }))).toBe(false)
    expect(await next(() => writeFile(join(tree, 'a/b/file'), '1'))).toBe(false)
    for (const text of ['2', '3', '4']) {
      const replace = async () => {
        await writeFile(join(folder.path, 'new'), text)
        await rename(join(folder.path, 'new'), join(tree, 'a/b/file'))
      }
      expect(await next(replace)).toBe(false)
    }
    expect(await next(() => rm(join(tree, 'a'), { recursive: true }))).toBe(false)
    expect(await next(async () => stop.abort())).toBe(true)
  })
})
