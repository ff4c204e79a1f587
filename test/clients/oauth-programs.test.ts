/**
 * Programs that send their user to a browser by themselves: the test reads the address they print
 * and plays the user.
 *
 * @module
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/client'
import { getDefaultEnvironment, StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectRoot } from '../../src/cli/project.ts'
import { startCommand } from '../support/command.ts'
import { loopbackOnly } from '../support/loopback-only.ts'
import { allowAt, openBrowser, siteAt } from '../support/oauth-flow.ts'
import { type Platform, start } from '../support/platform.ts'
import { freePort, temporaryFolder } from '../support/temporary.ts'

/** No browser is to open: a command that does nothing takes its place. */
const noBrowser = { BROWSER: 'true', DISPLAY: '' }

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

/** The authorization URL in what a program printed. */
const addressIn = (printed: string): string | undefined =>
  /https?:\/\/\S+\/authorize\?[^\s"']+/.exec(printed)?.[0]

/** Allows what is asked at an address, and goes where the browser is sent then. */
async function allowAndReturn(address: string): Promise<URL> {
  const cameBack = await allowAt(openBrowser(siteAt(platform.origin)), address)
  const response = await fetch(cameBack)
  await response.text()
  expect(response.status).toBe(200)
  return cameBack
}

describe('mcp-remote', () => {
  it('signs its user in and calls a tool for a host that only speaks stdio', async () => {
    const client = new Client({ name: 'quayside-tests', version: '1.0.0' })
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [
        join(projectRoot, 'node_modules/.bin/mcp-remote'),
        ...[`${platform.origin}/support/mcp`, String(await freePort())],
        ...['--allow-http', '--transport', 'http-only'],
      ],
      env: {
        ...getDefaultEnvironment(),
        HOME: home.path,
        MCP_REMOTE_CONFIG_DIR: join(home.path, 'mcp-auth'),
        ...loopbackOnly,
        ...noBrowser,
      },
      stderr: 'pipe',
    })
    let printed = ''
    const asked = new Promise<string>((resolve) => {
      transport.stderr?.on('data', (chunk: Buffer) => {
        printed += chunk.toString()
        const address = addressIn(printed)
        if (address !== undefined && /\s/.test(printed.slice(printed.indexOf(address)))) {
          resolve(address)
        }
      })
    })
    const connected = client.connect(transport)
    // Whichever fails first is told; what it printed says why.
    const address = await Promise.race([asked, connected.then(() => '')])
    expect(address, printed).not.toBe('')
    const cameBack = await allowAndReturn(address)
    expect(cameBack.searchParams.get('iss')).toBe(platform.origin)
    await connected
    const { isError } = await client.callTool({ name: 'search_tickets', arguments: {} })
    expect(isError ?? false).toBe(false)
    expect(printed).not.toContain('refused to connect')
    await client.close()
  })
})

describe('Inspector CLI', () => {
  it.each([['legacy'], ['modern']])('signs its user in and calls a tool, %s era', async (era) => {
    const callback = `http://127.0.0.1:${await freePort()}/oauth/callback`
    await using command = startCommand(
      process.execPath,
      [
        ...[join(projectRoot, 'node_modules/.bin/mcp-inspector'), '--cli', '--transport', 'http'],
        ...['--server-url', `${platform.origin}/support/mcp`, '--callback-url', callback],
        ...['--protocol-era', era, '--format', 'json', '--relogin'],
        ...['--method', 'tools/call', '--tool-name', 'search_tickets'],
      ],
      {
        cwd: home.path,
        env: {
          HOME: home.path,
          TMPDIR: join(home.path, 'tmp'),
          ...loopbackOnly,
          ...noBrowser,
          // Without a terminal it asks nobody unless it may open a browser.
          MCP_AUTO_OPEN_ENABLED: 'true',
        },
      },
    )
    await command.printed(/\/authorize\?\S+\s/)
    await allowAndReturn(addressIn(command.stderr) ?? '')
    const { code, stdout, stderr } = await command.finished
    expect(code, stderr).toBe(0)
    expect(JSON.parse(stdout).result.isError ?? false).toBe(false)
    expect(stderr).not.toContain('refused to connect')
  })
})
