import { createHash } from 'node:crypto'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CliError } from '../../src/cli/cli-error.ts'
import { firstOperatorLink, makeDeployedSetupLink } from '../../src/cli/deployed-setup.ts'
import type { RunWranglerOptions } from '../../src/cli/run-wrangler.ts'
import { drawSetupCode } from '../../src/cli/setup-code.ts'
import { CHROMIUM_DEADLINE_MS, launchChromium } from '../support/chromium.ts'
import { quayside } from '../support/command.ts'
import { loopbackOnly } from '../support/loopback-only.ts'
import { start } from '../support/platform.ts'
import { freePort, temporaryFolder } from '../support/temporary.ts'

const now = () => Math.floor(Date.now() / 1000)
const codeOf = (link: string) => new URL(link).searchParams.get('code') ?? ''
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** What anybody can see of an answer. */
async function seen(url: string, init?: RequestInit) {
  const response = await fetch(url, init)
  const { status, headers } = response
  return { status, type: headers.get('content-type'), body: await response.text() }
}

describe('a setup code', () => {
  it('is 256 random bits, of which the setting holds only the hash and the end', () => {
    const { link, setting } = drawSetupCode('https://mcp.example.com', 1_800_000_000)
    expect(link).toMatch(/^https:\/\/mcp\.example\.com\/setup\?code=[A-Za-z0-9_-]{43}$/)
    expect(setting).toBe(`${sha256(codeOf(link))}.1800086400`)
    expect(drawSetupCode('https://mcp.example.com', 1_800_000_000).link).not.toBe(link)
  })
})

describe('npm run setup-link -- --local', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchChromium()
  }, CHROMIUM_DEADLINE_MS)
  afterAll(() => browser?.close())

  it('makes the first operator with a passkey, once, on the platform of npm start', async () => {
    await using state = await temporaryFolder()
    const port = String(await freePort())
    const env = { QUAYSIDE_STATE_DIR: state.path, PORT: port, ...loopbackOnly }
    await using drawn = quayside(['setup-link', '--local'], { env })
    const { code, stdout, stderr } = await drawn.finished
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`^http://localhost:${port}/setup\\?code=[\\w-]{43}\\n$`))
    expect(stderr).toContain('It works once, for 24 hours')
    expect((await stat(join(state.path, 'setup-code'))).mode & 0o077).toBe(0)
    const link = stdout.trim()

    await using platform = quayside(['start'], { env })
    await platform.printed(/Press Ctrl-C to stop/)
    const page = await browser.newPage()
    const cdp = await page.context().newCDPSession(page)
    await cdp.send('WebAuthn.enable')
    await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    })
    await page.goto(link)
    await page.getByLabel('Your name').fill('Olga')
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.request().method() === 'POST'),
      page.waitForEvent('load'),
      page.keyboard.press('Enter'),
    ])
    expect(answer.status()).toBe(200)
    await page.goto(`http://localhost:${port}/account`)
    expect(await page.textContent('body')).toContain('Olga')

    const used = await seen(link)
    expect(used.status).toBe(404)
    const wrong = await seen(`http://localhost:${port}/setup?code=${'x'.repeat(43)}`)
    expect(used).toEqual(wrong)
    await page.close()
  })

  it('refuses what it does not know with exit code 2', async () => {
    await using command = quayside(['setup-link', '--locl'])
    const { code, stderr } = await command.finished
    expect(code).toBe(2)
    expect(stderr).toContain('npm run setup-link -- --local')
  })
})

describe('a link that does not open', () => {
  const right = 'r'.repeat(43)
  const hash = sha256(right)
  const cases: [string, string | null, string][] = [
    ['wrong', `${hash}.${now() + 3600}`, 'w'.repeat(43)],
    ['empty', `${hash}.${now() + 3600}`, ''],
    ['expired', `${hash}.${now() - 1}`, right],
    ['never set', null, right],
    ['set without an end', hash, right],
    ['set with an end that is none', `${hash}.soon`, right],
    ['the hash itself', `${hash}.${now() + 3600}`, hash],
  ]

  it('says the same, whatever the reason', async () => {
    const answers: { get: object; post: object }[] = []
    for (const [, setting, code] of cases) {
      await using platform = await start({ vars: { SETUP_CODE: setting } })
      const url = `${platform.origin}/setup?${new URLSearchParams({ code })}`
      const post = {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          origin: platform.origin,
        },
        body: 'name=Eve&credential=%7B%7D&csrf=x',
      }
      const host = new URL(platform.origin).host
      const withoutHost = async (answer: ReturnType<typeof seen>) => {
        const { body, ...rest } = await answer
        return { ...rest, body: body.replaceAll(host, 'HOST') }
      }
      answers.push({
        get: await withoutHost(seen(url)),
        post: await withoutHost(seen(url, post)),
      })
    }
    const [first] = answers
    expect(first?.get).toMatchObject({ status: 404 })
    expect(first?.post).toEqual(first?.get)
    for (const [index, answer] of answers.entries()) {
      expect(answer, cases[index]?.[0]).toEqual(first)
    }
  })
})

describe('npm run setup-link for a deployed copy', () => {
  it('stores the hash as a secret, which a plain deploy leaves alone, and never the code', async () => {
    const runs: { args: string[]; options: RunWranglerOptions }[] = []
    const link = await makeDeployedSetupLink('https://mcp.example.com', {
      configPath: '/project/wrangler.toml',
      env: 'production',
      wrangler: async (args, options) => {
        runs.push({ args, options })
        return ''
      },
    })
    expect(runs).toHaveLength(1)
    expect(runs[0]?.args.join(' ')).toBe(
      'secret put SETUP_CODE --config /project/wrangler.toml --env production',
    )
    expect(runs[0]?.options.input).toMatch(new RegExp(`^${sha256(codeOf(link))}\\.\\d{10}$`))
    expect(JSON.stringify(runs)).not.toContain(codeOf(link))
  })

  it('asks for the address when the configuration has none', async () => {
    await using command = quayside(['setup-link'], { env: loopbackOnly })
    const { code, stdout, stderr } = await command.finished
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toContain('npm run setup-link -- --url https://mcp.example.com')
  })

  it('refuses an address that is not https', async () => {
    await using command = quayside(['setup-link', '--url', 'http://mcp.example.com'])
    const { code, stderr } = await command.finished
    expect(code).toBe(2)
    expect(stderr).toContain('--url takes the https address of the platform')
  })
})

describe('npm run deploy', () => {
  async function afterDeploy(found: string, config = 'PUBLIC_ORIGIN = "https://mcp.example.com"') {
    await using folder = await temporaryFolder()
    const configPath = join(folder.path, 'wrangler.toml')
    await writeFile(
      configPath,
      `name = "x"\ncompatibility_date = "2026-11-01"\n[vars]\n${config}\n`,
    )
    const commands: string[] = []
    const link = await firstOperatorLink({
      configPath,
      wrangler: async ([first = '', second = '']) => {
        commands.push(`${first} ${second}`)
        return first === 'd1' ? found : ''
      },
    })
    return { link, commands }
  }

  it('draws a link while there is no operator, and another one each time', async () => {
    const none = 'a warning\n[{"results":[{"operators":0}],"success":true}]'
    const { link, commands } = await afterDeploy(none)
    expect(link).toMatch(/^https:\/\/mcp\.example\.com\/setup\?code=/)
    expect(commands).toEqual(['d1 execute', 'secret put'])
    expect((await afterDeploy(none)).link).not.toBe(link)
  })

  it('draws none when there is one, and changes nothing', async () => {
    const { link, commands } = await afterDeploy('[{"results":[{"operators":1}]}]')
    expect(link).toBeUndefined()
    expect(commands).toEqual(['d1 execute'])
  })

  it('draws none without an address to put into it', async () => {
    expect(await afterDeploy('', '')).toEqual({ link: undefined, commands: [] })
  })

  it('is told when the answer cannot be read', async () => {
    await expect(afterDeploy('Not logged in.')).rejects.toThrow(CliError)
  })
})
