import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { get } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loopbackHosts } from '../../src/cli/ports.ts'
import { projectRoot } from '../../src/cli/project.ts'
import { quayside, startCommand } from '../support/command.ts'
import { listTools, openSession } from '../support/mcp.ts'
import { freePort, takenPort, temporaryFolder } from '../support/temporary.ts'

const fixtures = join(import.meta.dirname, 'fixtures')
const READY = /Press Ctrl-C to stop/

let state: Awaited<ReturnType<typeof temporaryFolder>>
beforeEach(async () => {
  state = await temporaryFolder()
  await mkdir(join(state.path, 'tmp'))
})
afterEach(() => state[Symbol.asyncDispose]())

const start = (args: string[], env: Record<string, string> = {}) =>
  quayside(['start', ...args], { env: { ...folders(), PORT: undefined, ...env } })

/** A killed command leaves scratch files behind; here they go away with the state. */
const folders = () => ({ QUAYSIDE_STATE_DIR: state.path, TMPDIR: join(state.path, 'tmp') })

describe('npm start', () => {
  it('prints how to connect to every module, and the module answers there', async () => {
    const port = await freePort()
    await using command = start(['--port', String(port)])
    await command.printed(READY)

    const url = `http://localhost:${port}/time/mcp`
    expect(command.stdout).toContain(`Quayside is running at http://localhost:${port}\n`)
    expect(command.stdout).toContain('Time (time, public)')
    for (const line of [
      `Connector URL          ${url}`,
      `Try it by hand         http://localhost:${port}/time/try\n`,
      `http://localhost:${port}/support/try  (sign in with any name: this machine takes your word)`,
      `claude mcp add --transport http time ${url}`,
      `{"mcpServers":{"time":{"url":"${url}"}}}`,
      `code --add-mcp '{"name":"time","type":"http","url":"${url}"}'`,
      `npx @modelcontextprotocol/inspector --transport http --server-url ${url}`,
      `npx mcp-remote ${url}`,
    ]) {
      expect(command.stdout).toContain(line)
    }
    const response = await listTools(url, await openSession(url))
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('get_current_time')
  })

  it('answers on every loopback address and sees the Host header that was sent', async () => {
    const port = await freePort()
    await using command = start(['--port', String(port)])
    await command.printed(READY)
    for (const host of [...loopbackHosts().map((address) => `[${address}]`), 'localhost']) {
      const response = await fetch(`http://${host.replace('[127.0.0.1]', '127.0.0.1')}:${port}/`)
      expect([host, response.status]).toEqual([host, 200])
      await response.text()
    }
    const foreign = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { host: 'attacker.example' } // which `fetch` would not send
      get({ host: '127.0.0.1', port, headers, agent: false }, (response) => {
        response.resume()
        resolve(response.statusCode)
      }).once('error', reject)
    })
    expect(foreign).not.toBe(200)
  })

  it('says so when what it started does not list its modules', async () => {
    const port = await freePort()
    const config = join(fixtures, 'notes/wrangler.toml')
    await using command = start(['--port', String(port), '--config', config])
    const { code, stderr } = await command.finished
    expect(code).toBe(1)
    expect(stderr).toContain(`http://localhost:${port}/modules.json does not list its modules`)
    expect(await command.processes()).toEqual([])
  })

  it('takes the port from PORT, and --port=N goes before it', async () => {
    const [fromPort, fromFlag] = [await freePort(), await freePort()]
    await using first = start([], { PORT: String(fromPort) })
    await first.printed(READY)
    expect((await fetch(`http://127.0.0.1:${fromPort}/modules.json`)).status).toBe(200)
    first.signal('SIGTERM')
    await first.finished

    await using second = start([`--port=${fromFlag}`], { PORT: String(fromPort) })
    await second.printed(READY)
    expect((await fetch(`http://127.0.0.1:${fromFlag}/modules.json`)).status).toBe(200)
  })

  it('refuses a --port that is none with one sentence', async () => {
    await using command = start(['--port=0'])
    expect(await command.finished).toEqual({
      code: 1,
      stdout: '',
      stderr: '--port must be a port number from 1 to 65535, not "0".\n',
    })
  })

  it('names PORT when that is what holds no port number', async () => {
    await using command = start([], { PORT: 'http' })
    const { code, stderr } = await command.finished
    expect(code).toBe(1)
    expect(stderr).toBe('PORT must be a port number from 1 to 65535, not "http".\n')
  })

  it('refuses an option it does not know and shows those it does', async () => {
    await using command = start(['--prot', '8485'])
    const { code, stderr } = await command.finished
    expect(code).toBe(1)
    expect(stderr).toContain("Unknown option '--prot'")
    expect(stderr).toContain('Usage: npm start -- [--port N]')
    expect(stderr).not.toMatch(/^ +at /m)
  })

  it('says which port is taken and how to choose another', async () => {
    await using taken = await takenPort()
    await using command = start(['--port', String(taken.port)])
    expect(await command.finished).toEqual({
      code: 1,
      stdout: '',
      stderr:
        `Port ${taken.port} is already in use. Stop the program that has it, or choose another ` +
        'port: npm start -- --port 8485\n',
    })
  })

  it('refuses a state folder that another start uses, until that one is gone', async () => {
    await using first = start(['--port', String(await freePort())])
    await first.printed(READY)
    const port = String(await freePort())
    await using second = start(['--port', port])
    expect(await second.finished).toEqual({
      code: 1,
      stdout: '',
      stderr:
        `Another command is using the data in ${state.path}. Stop it first, or choose another ` +
        'folder with QUAYSIDE_STATE_DIR.\n',
    })
    first.signal('SIGKILL')
    await first.finished
    await using third = start(['--port', port])
    await third.printed(READY)
  })

  it('says so in one sentence when the state folder cannot be made', async () => {
    const file = join(state.path, 'in-the-way')
    await writeFile(file, '')
    for (const [folder, reason] of [
      [file, 'it is a file'],
      [join(file, 'below'), 'a file is in its way'],
    ] as const) {
      await using command = start(['--port', String(await freePort())], {
        QUAYSIDE_STATE_DIR: folder,
      })
      expect(await command.finished).toEqual({
        code: 1,
        stdout: '',
        stderr: `Data cannot be kept in ${folder}: ${reason}. Choose another folder with QUAYSIDE_STATE_DIR.\n`,
      })
    }
  })

  it('shows the registry’s sentences, with file and field, when a module is faulty', async () => {
    const config = join(fixtures, 'faulty-module/wrangler.toml')
    await using command = start(['--port', String(await freePort()), '--config', config])
    const { code, stdout, stderr } = await command.finished
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toMatch(
      /\nThe Worker refused to start:\nservers\/greeter\/index\.ts: tools\[0\]\.name[^\n]+\n$/,
    )
    expect(stderr).not.toMatch(/^ +at /m)
    expect(stderr).not.toContain('Uncaught')
  })

  it('says why the Worker did not start when the fault is not a module’s', async () => {
    const config = join(fixtures, 'broken-worker/wrangler.toml')
    await using command = start(['--port', String(await freePort()), '--config', config])
    const { code, stderr } = await command.finished
    expect(code).toBe(1)
    expect(stderr).toContain(
      'The Worker did not start:\nUncaught ReferenceError: undefinedName is not defined\n',
    )
    expect(stderr).not.toMatch(/^ +at /m)
  })

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'ends with workerd gone and exit code 0 on %s',
    async (signal) => {
      const port = await freePort()
      await using command = start(['--port', String(port)])
      await command.printed(READY)
      expect((await command.processes()).map((entry) => entry.command)).toContain('workerd')
      command.signal(signal)
      const { code, stdout } = await command.finished
      expect(code).toBe(0)
      expect(stdout).toMatch(/\nStopped\.\n$/)
      expect(await command.processes()).toEqual([])
      await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow()
    },
  )

  it('stops while it is still starting', async () => {
    await using command = start(['--port', String(await freePort())])
    await command.printed(/Building the Worker/)
    command.signal('SIGINT')
    const { code, stderr } = await command.finished
    expect(code).toBe(0)
    expect(stderr).not.toMatch(/^ +at /m)
    expect(await command.processes()).toEqual([])
  })

  it('stops under npm, where Ctrl-C arrives twice', async () => {
    await using command = startCommand('npm', ['start', '--', `--port=${await freePort()}`], {
      env: folders(),
    })
    await command.printed(READY)
    command.signal('SIGINT')
    const { stdout } = await command.finished
    expect(stdout).toMatch(/\nStopped\.\n$/)
    expect(await command.processes()).toEqual([])
  })

  it('keeps sessions over a restart', async () => {
    const port = await freePort()
    const url = `http://localhost:${port}/time/mcp`
    await using before = start(['--port', String(port)])
    await before.printed(READY)
    const sessionId = await openSession(url)
    before.signal('SIGTERM')
    await before.finished

    await using after = start(['--port', String(port)])
    await after.printed(READY)
    const response = await listTools(url, sessionId)
    expect(response.status).toBe(200)
    await response.text()
  })

  it('shows the Worker’s log line of a call only with --verbose', async () => {
    const port = await freePort()
    await using command = start(['--port', String(port), '--verbose'])
    await command.printed(READY)
    const url = `http://localhost:${port}/time/mcp`
    const sessionId = await openSession(url)
    await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-session-id': sessionId,
        'mcp-protocol-version': '2025-11-25',
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 3,
        method: 'tools/call',
        params: { name: 'get_current_time', arguments: {} },
      }),
    }).then((response) => response.text())
    await command.printed(/"event":"call"/)
  })
})

describe('the launcher', () => {
  it('is plain JavaScript that asks for a newer Node before it loads anything else', async () => {
    const source = await readFile(join(projectRoot, 'src/cli/main.mjs'), 'utf8')
    expect(source).not.toMatch(/^import /m)
    const oldNode =
      "Object.defineProperty(process.versions, 'node', { value: '20.19.0' });" +
      "Object.defineProperty(process, 'version', { value: 'v20.19.0' })"
    await using command = startCommand(process.execPath, [
      ...['--import', `data:text/javascript,${encodeURIComponent(oldNode)}`],
      ...['src/cli/main.mjs', 'start'],
    ])
    const { code, stderr } = await command.finished
    expect(code).toBe(1)
    expect(stderr).toContain('need Node 24 or newer and this is v20.19.0')
    expect(stderr).toContain('npm ci')
  })

  it('names the commands there are when it is given another', async () => {
    await using command = quayside(['strat'])
    const { code, stderr } = await command.finished
    expect(code).toBe(1)
    expect(stderr).toBe(
      'Unknown command "strat". There is: start, new, import-openapi, deploy, migrate, doctor, revoke, setup-link.\n',
    )
  })
})
