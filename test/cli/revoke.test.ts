import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { openOperatorSession } from '../../src/cli/operator-session.ts'
import { quayside, startCommand } from '../support/command.ts'
import { loopbackOnly } from '../support/loopback-only.ts'
import { type Platform, start } from '../support/platform.ts'
import { connectClient } from './connected-client.ts'

const CUT_MS = 5_000

let platform: Platform
beforeAll(async () => {
  platform = await start({ twoIsolates: true })
  // The first person on a machine is its operator.
  const session = await openOperatorSession(platform.origin, 'Olga')
  await session[Symbol.asyncDispose]()
})
afterAll(() => platform?.stop())

const connect = (as: string, clientName: string, scopes = ['support:read']) =>
  connectClient(platform.origin, { as, clientName, scopes })

async function revoke(...args: string[]) {
  await using command = quayside(['revoke', '--url', platform.origin, ...args], {
    env: loopbackOnly,
  })
  return await command.finished
}

describe('npm run revoke', () => {
  it('ends one grant and leaves the person’s others', async () => {
    const [one, other] = [await connect('Ada', 'app one'), await connect('Ada', 'app two')]
    expect(other.personId).toBe(one.personId)
    expect([await one.call(), await other.call()]).toEqual([200, 200])

    expect(await revoke('--grant', one.grantId, '--as', 'Olga')).toEqual({
      code: 0,
      stdout: 'Revoked 1 grant. Refused everywhere within 5 seconds.\n',
      stderr: '',
    })
    expect([await one.call(), await other.call()]).toEqual([401, 200])
    expect([await one.refresh(), await other.refresh()]).toEqual([400, 200])

    const again = await revoke('--grant', one.grantId, '--as', 'Olga')
    expect(again.code).toBe(1)
    expect(again.stderr).toContain(`There is no grant "${one.grantId}". It may have ended already.`)
  })

  it('ends all grants of a person, who may connect again', async () => {
    const [one, two] = [await connect('Bob', 'app one'), await connect('Bob', 'app two')]
    const hers = await connect('Cleo', 'app one')
    expect(hers.clientId).toBe(one.clientId)
    await one.call() // in the isolate's memory from here on

    const { code, stdout } = await revoke('--user', one.personId, '--as', 'Olga')
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'Revoked 2 grants. Refused everywhere within 5 seconds.\n',
    })
    expect([await one.call(), await two.call(), await hers.call()]).toEqual([401, 401, 200])
    expect([await one.refresh(), await two.refresh()]).toEqual([400, 400])

    // In the same second, too.
    const anew = await connect('Bob', 'app one')
    expect(anew.personId).toBe(one.personId)
    expect(await anew.call()).toBe(200)
  })

  it('ends all grants of a client, whoever they are of', async () => {
    const clients = [await connect('Dora', 'bad app'), await connect('Emil', 'bad app')]
    const good = await connect('Dora', 'good app')
    const [first] = clients
    if (!first) throw new Error('unreachable')

    const { code, stdout } = await revoke('--client', first.clientId, '--as', 'Olga')
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'Revoked 2 grants of 2 people. Refused everywhere within 5 seconds.\n',
    })
    for (const client of clients) {
      expect([await client.call(), await client.refresh()]).toEqual([401, 400])
    }
    expect(await good.call()).toBe(200)
    // It is still registered, so asking again is no mistake.
    expect((await revoke('--client', first.clientId, '--as', 'Olga')).stdout).toMatch(
      /^Revoked 0 grants of 0 people\./,
    )
  })

  it.each([
    ['--grant', 'There is no grant "unknown".'],
    ['--user', 'There is no person "unknown". The id is what follows "person:"'],
    ['--client', 'There is no client "unknown". The id is what it sends as client_id'],
  ])('says what an id for %s looks like when there is none', async (option, sentence) => {
    const { code, stdout, stderr } = await revoke(option, 'unknown', '--as', 'Olga')
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toContain(sentence)
    expect(stderr).not.toMatch(/^ +at /m)
  })

  it.each([['-Vj9UAjgJOl2uXQG'], ['--j9UAjgJOl2uXQG']])(
    'takes an id that begins like an option: %s',
    async (id) => {
      const { code, stderr } = await revoke('--grant', id, '--as', 'Olga')
      expect(code).toBe(1)
      expect(stderr).toContain(`There is no grant "${id}".`)
    },
  )

  it('is not for members', async () => {
    const victim = await connect('Fay', 'app one')
    const { code, stderr } = await revoke('--grant', victim.grantId, '--as', 'Mallory')
    expect(code).toBe(1)
    expect(stderr).toBe(
      'Access was denied. Only an operator of this platform may; sign in as one.\n',
    )
    expect(await victim.call()).toBe(200)
  })

  it('goes through a module that is in no list of what is hosted', async () => {
    for (const path of ['/modules.json', '/']) {
      const body = await (await fetch(platform.origin + path)).text()
      expect(body).toContain('support')
      expect(body).not.toContain('/operator')
    }
  })

  it('gives its own access back', async () => {
    const session = await openOperatorSession(platform.origin, 'Olga')
    const call = () => session.call('revoke_access', { kind: 'grant', id: 'x' }, z.unknown())
    await expect(call()).rejects.toThrow('There is no grant "x"')
    await session[Symbol.asyncDispose]()
    await expect(call()).rejects.toThrow(/not valid|ended/)
  })

  it('waits for a sign-in in the browser without --as', async () => {
    await using command = startCommand(process.execPath, [
      ...['src/cli/main.mjs', 'revoke', '--url', platform.origin, '--grant', 'x'],
    ])
    await command.printed(/Sign in as an operator in your browser:\n\n {2}http\S+\n/)
    const address = / {2}(http\S+)\n/.exec(command.stderr)?.[1] ?? ''
    const redirectUri = new URL(address).searchParams.get('redirect_uri') ?? ''
    expect(redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/)
    const { createDeveloperBrowser } = await import('../../src/cli/client/developer-browser.ts')
    const { createWire } = await import('../../src/cli/client/wire.ts')
    const wire = createWire(platform.origin, { signal: AbortSignal.timeout(30_000) })
    const browser = createDeveloperBrowser(wire, 'Olga')
    const journey = await browser.authorize(address, redirectUri)
    if (journey.end !== 'redirect') throw new Error('not signed in')
    expect(await (await fetch(journey.url)).text()).toContain('You can close this page')
    const { code, stderr } = await command.finished
    expect(code).toBe(1)
    expect(stderr).toContain('There is no grant "x"')
  })

  it.each([
    [[], 'Name one: --grant, --user or --client.'],
    [['--grant', '--user', 'b'], 'Option'],
    [['--grant', 'a', '--user', 'b'], 'Name one: --grant, --user or --client.'],
    [['--grant', 'a', '--url', 'mcp.example.com'], 'is no http or https URL'],
    [['--grant', 'a', '--url', 'http://mcp.example.com'], '--url must be https off this machine'],
  ])('refuses %j with exit code 2', async (args, sentence) => {
    await using command = quayside(['revoke', ...args])
    const { code, stderr } = await command.finished
    expect(code).toBe(2)
    expect(stderr).toContain(sentence)
  })
})

describe('a revoked token', () => {
  it.each(['grant', 'person', 'client'] as const)(
    'is refused by an isolate that had it in memory within five seconds of its %s’s end',
    async (kind) => {
      const client = await connect(`Gil of ${kind}`, `app of ${kind}`)
      const ids = { grant: client.grantId, person: client.personId, client: client.clientId }
      const second = Number(new URL(platform.origins[1] ?? '').port)
      await using session = await openOperatorSession(platform.origin, 'Olga')
      expect(await client.call(second)).toBe(200)

      const cutAt = performance.now()
      let lastAccepted = cutAt
      const polling = (async () => {
        for (;;) {
          const sentAt = performance.now()
          const status = await client.call(second)
          if (status === 401) return
          expect(status).toBe(200)
          lastAccepted = sentAt
          if (sentAt - cutAt > 3 * CUT_MS) return
          await delay(50)
        }
      })()
      await session.call('revoke_access', { kind, id: ids[kind] }, z.unknown())
      await polling
      expect(lastAccepted - cutAt).toBeLessThanOrEqual(CUT_MS)
      expect(await client.call(second)).toBe(401)
      expect(await client.refresh()).toBe(400)
    },
  )
})
