import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCommand } from '../support/command.ts'
import { allowAt, openBrowser, register, siteAt } from '../support/oauth-flow.ts'
import { type Platform, start } from '../support/platform.ts'
import { freePort, temporaryFolder } from '../support/temporary.ts'
import { Checks, REFEREE } from './referee.node.ts'

let platform: Platform
beforeAll(async () => {
  platform = await start()
})
afterAll(() => platform?.stop())

describe('the official suite for authorization servers', () => {
  it('A-17 passes for a client whose person a script plays', async () => {
    await using folder = await temporaryFolder()
    const site = siteAt(platform.origin)
    const port = await freePort()
    // Public: where a server knows clients without a secret, the referee never sends one.
    const { clientId } = await register(site, {
      redirect_uris: [`http://127.0.0.1:${port}/callback`],
    })
    await using command = startCommand(process.execPath, [
      ...[REFEREE, 'authorization', '--url', platform.origin, '--port', String(port)],
      ...['--client-id', clientId, '--resource', `${platform.origin}/support/mcp`],
      ...['--output-dir', folder.path],
    ])
    await command.printed(/\/authorize\?\S+\n/)
    const address = /http\S+\/authorize\?\S+/.exec(command.stdout)?.[0] ?? ''
    const cameBack = await allowAt(openBrowser(site), address)
    await (await fetch(cameBack)).text()
    const { stdout } = await command.finished

    const checks = []
    for (const scenario of await readdir(folder.path)) {
      const file = join(folder.path, scenario, 'checks.json')
      checks.push(...Checks.parse(JSON.parse(await readFile(file, 'utf8'))))
    }
    expect(
      checks.filter(({ status }) => status !== 'SUCCESS'),
      stdout,
    ).toEqual([])
    expect(checks.map(({ id }) => id)).toContain('authorization-code-grant')
  })
})
