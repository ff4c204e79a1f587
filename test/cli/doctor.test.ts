import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadClientProfiles } from '../../src/cli/doctor/client-profile.ts'
import { type Diagnosis, diagnose } from '../../src/cli/doctor/diagnose.ts'
import type { Finding } from '../../src/cli/doctor/examination.ts'
import { quayside } from '../support/command.ts'
import { loopbackOnly } from '../support/loopback-only.ts'
import { type Platform, start } from '../support/platform.ts'
import { freePort } from '../support/temporary.ts'
import { answer, type Breakage, breakingProxy, type Passing } from './breaking-proxy.ts'

const CLIENTS = [
  'chatgpt',
  'claude',
  'claude-code',
  'cursor',
  'mcp-inspector',
  'mcp-remote',
  'vscode',
]

let platform: Platform
beforeAll(async () => {
  platform = await start()
})
afterAll(() => platform?.stop())

async function examine(url: string, names: string[], secondMs = 1000): Promise<Diagnosis> {
  const profiles = (await loadClientProfiles()).filter(({ name }) => names.includes(name))
  const signal = AbortSignal.timeout(60_000)
  return diagnose(new URL(url), { profiles, signal, secondMs })
}

/** What is found wrong when one thing in front of the platform is broken. */
async function examineBroken(breakage: Breakage, client = 'claude', secondMs?: number) {
  await using proxy = await breakingProxy(platform.port, breakage)
  const diagnosis = await examine(`${proxy.origin}/support/mcp`, [client], secondMs)
  return { diagnosis, failed: failuresOf(diagnosis), origin: proxy.origin }
}

const failuresOf = ({ platform, clients }: Diagnosis): Finding[] =>
  [platform, ...clients].flatMap(({ findings }) => findings).filter((it) => it.outcome === 'failed')

const findingOf = ({ clients }: Diagnosis, id: string): Finding | undefined =>
  clients.flatMap(({ findings }) => findings).find((finding) => finding.id === id)

const sentences = (findings: Finding[]) =>
  findings.map(({ detail, advice }) => `${detail} → ${advice}`).join('\n')

describe('the clients', () => {
  it('are data with sources and a date that has been', async () => {
    const profiles = await loadClientProfiles()
    expect(profiles.map(({ name }) => name)).toEqual(CLIENTS)
    for (const { name, sources, lastVerified, redirectUri, registration } of profiles) {
      expect(sources.length, name).toBeGreaterThan(0)
      expect(Date.parse(lastVerified), name).toBeLessThanOrEqual(Date.now())
      // With any port where the client picks one: then the registered address has none or another.
      const withoutPort = (uri: string) => uri.replace(/:(\{port\}|\d+)/, '')
      expect(registration.body.redirect_uris.map(withoutPort), name).toContain(
        withoutPort(redirectUri),
      )
    }
  })
})

describe('npm run doctor', () => {
  it.each(CLIENTS)('gets %s from the first 401 to its tool calls', async (name) => {
    const diagnosis = await examine(`${platform.origin}/support/mcp`, [name])
    expect(failuresOf(diagnosis)).toEqual([])
    const ids = diagnosis.clients[0]?.findings.map(({ id }) => id)
    expect(ids).toContain('tokens')
    expect(ids?.some((id) => id.startsWith('call-'))).toBe(true)
    expect(ids).toContain('revocation')
    expect(diagnosis.clients[0]?.findings.some(({ outcome }) => outcome === 'noted')).toBe(false)
  })

  it('gets every client to the tools of a public module without a sign-in', async () => {
    const diagnosis = await examine(`${platform.origin}/time/mcp`, CLIENTS)
    expect(failuresOf(diagnosis)).toEqual([])
    expect(findingOf(diagnosis, 'call-2025-11-25')?.outcome).toBe('passed')
    expect(findingOf(diagnosis, 'registration')).toBeUndefined()
  })

  it('says that a document was not fetched, and registers instead', async () => {
    const diagnosis = await examine(`${platform.origin}/support/mcp`, ['claude'])
    const found = findingOf(diagnosis, 'document')
    expect(found?.outcome).toBe('unchecked')
    expect(found?.detail).toContain('Registering instead')
  })

  it('prints what passed with exit code 0, offline', async () => {
    const url = `${platform.origin}/support/mcp`
    await using command = quayside(['doctor', url, '--client', 'cursor'], { env: loopbackOnly })
    const { code, stdout, stderr } = await command.finished
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Cursor \(behaviour verified \d{4}-\d\d-\d\d\)$/m)
    expect(stdout).toMatch(/^ {2}ok {4}The code is exchanged for tokens$/m)
    expect(stdout).toMatch(/\nAll 1 clients get through\.\n$/)
  })

  it('prints what failed and what to do with exit code 1', async () => {
    await using proxy = await breakingProxy(platform.port, { after: withoutIssuer })
    await using command = quayside(['doctor', `${proxy.origin}/support/mcp`, '--client', 'chatgpt'])
    const { code, stdout } = await command.finished
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /^ {2}FAIL {2}The answer names its issuer and state\n {8}The answer to the client has no iss parameter\.\n {8}→ Add iss, /m,
    )
    expect(stdout).toMatch(/\nThese would have trouble: ChatGPT\.\n$/)
  })

  it('prints one JSON document with --json', async () => {
    const url = `${platform.origin}/time/mcp`
    await using command = quayside(['doctor', '--json', url, '--client', 'claude'])
    const { code, stdout } = await command.finished
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ url, ok: true, clients: [{ name: 'claude' }] })
  })

  it.each([
    [[], 'Name one connector URL.'],
    [['support'], '"support" is no http or https URL.'],
    [['http://localhost/a/mcp', '--client', 'netscape'], 'There is no client "netscape".'],
    [['http://localhost/a/mcp', '--time-limit', '0'], '--time-limit takes'],
    [['--frobnicate'], "Unknown option '--frobnicate'"],
  ])('refuses %j with exit code 2', async (args, sentence) => {
    await using command = quayside(['doctor', ...args])
    const { code, stdout, stderr } = await command.finished
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain(sentence)
    expect(stderr).not.toMatch(/^ +at /m)
  })

  it('says in a sentence that nobody answers', async () => {
    const port = await freePort()
    const diagnosis = await examine(`http://localhost:${port}/support/mcp`, CLIENTS)
    expect(sentences(failuresOf(diagnosis))).toBe(
      `Nothing listens at localhost:${port}. → Start it (\`npm start\`), or correct the host and port.`,
    )
  })

  it('sends nothing over plain http off this machine', async () => {
    const diagnosis = await examine('http://mcp.example.com/support/mcp', CLIENTS)
    expect(sentences(failuresOf(diagnosis))).toContain('Use https://mcp.example.com/support/mcp.')
    expect(diagnosis.clients).toEqual([])
  })

  it('names the modules there are when the URL is of none', async () => {
    const diagnosis = await examine(`${platform.origin}/support`, CLIENTS)
    expect(sentences(failuresOf(diagnosis))).toContain(`${platform.origin}/support/mcp`)
  })

  it('ends at the sign-in page where a person is needed, and goes on with a token', async () => {
    const asDeployed: Breakage = {
      after(passing) {
        if (!passing.path.startsWith('/sign-in')) return
        passing.body = passing.body.replaceAll(/name="(name|person)"/g, '')
      },
    }
    const { diagnosis } = await examineBroken(asDeployed)
    expect(diagnosis.ok).toBe(true)
    expect(findingOf(diagnosis, 'person')).toMatchObject({ outcome: 'unchecked' })
    expect(findingOf(diagnosis, 'person')?.advice).toContain('--token')
    expect(findingOf(diagnosis, 'tokens')).toBeUndefined()

    const profiles = (await loadClientProfiles()).filter(({ name }) => name === 'claude')
    const signal = AbortSignal.timeout(30_000)
    const url = new URL(`${platform.origin}/support/mcp`)
    const withToken = await diagnose(url, { profiles, signal, accessToken: 'not:a:token' })
    expect(failuresOf(withToken).map(({ id }) => id)).toEqual([
      'open-2026-07-28',
      'open-2025-11-25',
    ])
  })
})

/** Changes the JSON of one path. */
const changed =
  (path: RegExp, change: (document: Record<string, unknown>) => void) => (passing: Passing) => {
    if (!path.test(passing.path) || passing.status >= 400 || passing.body === '') return
    const document = JSON.parse(passing.body) as Record<string, unknown>
    change(document)
    passing.body = JSON.stringify(document)
  }

function withoutIssuer(passing: Passing): void {
  const { location } = passing.headers
  if (typeof location !== 'string') return
  passing.headers.location = location.replace(/&iss=[^&]*/, '')
}

/** Takes the refresh that comes second with one refresh token. */
function onSecondRefresh(
  take: (response: ServerResponse) => true,
): NonNullable<Breakage['before']> {
  const seen = new Set<string>()
  return ({ body }, response) => {
    const form = new URLSearchParams(body)
    const presented = form.get('refresh_token') ?? ''
    if (form.get('grant_type') !== 'refresh_token' || !seen.has(presented)) {
      seen.add(presented)
      return false
    }
    return take(response)
  }
}

const PRM = /^\/\.well-known\/oauth-protected-resource/
const SERVER = /^\/\.well-known\/(oauth-authorization-server|openid-configuration)/
const CHALLENGE_PAGE =
  '<!doctype html><title>Just a moment...</title><script src="/cdn-cgi/challenge-platform/x"></script>'

describe('the right advice', () => {
  it.each<[string, Breakage, id: string, problem: string, advice: string]>([
    [
      'a resource that is not the URL',
      {
        after: changed(PRM, (it) => {
          it.resource = new URL(String(it.resource)).origin
        }),
      },
      'resource-metadata',
      'The metadata is for another resource',
      'to the letter',
    ],
    [
      'metadata that is not there',
      { before: ({ url = '' }, response) => PRM.test(url) && answer(response, 404, {}) },
      'resource-metadata',
      'The protected resource metadata is not there.',
      'Serve /.well-known/oauth-protected-resource/<module>/mcp',
    ],
    [
      'a web page in place of metadata',
      {
        before: ({ url = '' }, response) =>
          SERVER.test(url) && answer(response, 200, '<!doctype html><p>Welcome'),
      },
      'server-metadata',
      'is a web page',
      '/.well-known/oauth-authorization-server',
    ],
    [
      'an issuer that is another',
      {
        after: changed(SERVER, (it) => {
          it.issuer = 'https://elsewhere.example.com'
        }),
      },
      'server-metadata',
      'The issuer is "https://elsewhere.example.com"',
      'the same string',
    ],
    [
      'a module that lets everyone in',
      {
        before: ({ url = '', method, headers }, response) =>
          url === '/support/mcp' &&
          method === 'POST' &&
          headers.authorization === undefined &&
          answer(response, 200, { jsonrpc: '2.0', id: 1, result: {} }),
      },
      'challenge',
      'It answers 200 without a token',
      'Answer 401 with WWW-Authenticate',
    ],
    [
      'a 401 whose header was lost',
      {
        after(passing) {
          passing.headers['www-authenticate'] = undefined
        },
      },
      'challenge',
      'has no WWW-Authenticate',
      'resource_metadata=',
    ],
    [
      'a redirect on the connector URL',
      {
        before: ({ url = '', method }, response) =>
          url === '/support/mcp' &&
          method === 'POST' &&
          answer(response, 308, '', { location: 'https://www.example.com/support/mcp' }),
      },
      'challenge',
      'The connector URL redirects.',
      'Give clients the address it leads to',
    ],
    [
      'bot protection on the endpoint',
      {
        before: ({ url = '', method }, response) =>
          url === '/support/mcp' &&
          method === 'POST' &&
          answer(response, 403, CHALLENGE_PAGE, { 'cf-mitigated': 'challenge' }),
      },
      'challenge',
      'A bot-protection page answered',
      'Block AI bots',
    ],
    [
      'bot protection on the token endpoint alone',
      { before: ({ url }, response) => url === '/token' && answer(response, 503, CHALLENGE_PAGE) },
      'unknown-client',
      'A bot-protection page answered for the token endpoint',
      'Block AI bots',
    ],
    [
      'an answer without its issuer',
      { after: withoutIssuer },
      'issuer',
      'has no iss parameter',
      'RFC 9207',
    ],
    [
      'metadata without offline_access',
      {
        after: changed(SERVER, (it) => {
          it.scopes_supported = ['support:read']
        }),
      },
      'requirements',
      'does not promise staying connected',
      'List "offline_access"',
    ],
    [
      'no PKCE in the metadata',
      {
        after: changed(SERVER, (it) => {
          delete it.code_challenge_methods_supported
        }),
      },
      'server-metadata',
      'PKCE with S256',
      'code_challenge_methods_supported',
    ],
    [
      'a forgotten client that is not told so',
      {
        after(passing) {
          if (passing.body.includes('invalid_client')) passing.status = 400
        },
      },
      'unknown-client',
      'not answered with 401 invalid_client',
      'register again',
    ],
    [
      'a dead refresh token with another error',
      {
        after(passing) {
          passing.body = passing.body.replace('"invalid_grant"', '"invalid_request"')
        },
      },
      'invalid-grant',
      'not answered with 400 invalid_grant',
      'exactly this answer',
    ],
    [
      'a refresh token that is dead the second time',
      {
        before: onSecondRefresh((response) => answer(response, 400, { error: 'invalid_grant' })),
      },
      'refresh',
      'refuses refresh_token: invalid_grant',
      'two windows',
    ],
    [
      'a tool call that asks for more without a challenge',
      {
        after(passing) {
          if (passing.status === 403) passing.headers['www-authenticate'] = 'Bearer'
        },
      },
      'step-up',
      'does not say error="insufficient_scope"',
      'Name every scope',
    ],
    [
      'a session that is never missed',
      {
        before: ({ headers }, response) =>
          headers['mcp-session-id'] === 'nobody-opened' &&
          answer(response, 400, { jsonrpc: '2.0', id: 1, error: { code: -32600, message: 'no' } }),
      },
      'unknown-session',
      'It is not.',
      'Answer 404',
    ],
  ])('for %s', async (_, breakage, id, problem, advice) => {
    const { failed, diagnosis } = await examineBroken(breakage)
    expect(diagnosis.ok).toBe(false)
    const found = failed.filter((finding) => finding.id === id)
    expect(sentences(found)).toContain(problem)
    expect(sentences(found)).toContain(advice)
  })

  it.each<[string, number, string | object, problem: string, advice: string]>([
    [
      'a deployed copy without PUBLIC_ORIGIN',
      503,
      '<!doctype html><p>PUBLIC_ORIGIN is not set: set it to the https origin clients connect to.',
      'PUBLIC_ORIGIN is not set.',
      'Add PUBLIC_ORIGIN = "http://127.0.0.1:',
    ],
    [
      'the wrong host, on a page',
      403,
      '<!doctype html><p>Host &quot;a.example.com&quot; is not served here; connect to https://mcp.example.com.</p>',
      'The platform does not answer for a.example.com.',
      'Connect to https://mcp.example.com, or',
    ],
    [
      'the wrong host, as JSON-RPC',
      403,
      {
        error: {
          message: 'Host "a.example.com" is not served here; connect to https://b.example.com.',
        },
      },
      'The platform does not answer for a.example.com.',
      'Connect to https://b.example.com, or',
    ],
    [
      'a challenge page on everything',
      403,
      CHALLENGE_PAGE,
      'A bot-protection page',
      'Block AI bots',
    ],
  ])('for %s, once and not for each client', async (_, status, body, problem, advice) => {
    await using proxy = await breakingProxy(platform.port, {
      before: (_, response) => answer(response, status, body),
    })
    const diagnosis = await examine(`${proxy.origin}/support/mcp`, CLIENTS)
    const failed = failuresOf(diagnosis)
    expect(failed).toHaveLength(1)
    expect(sentences(failed)).toContain(problem)
    expect(sentences(failed)).toContain(advice)
    expect(proxy.requests).toHaveLength(1)
  })

  it('for a registration that rejects cursor://, which is Cursor’s trouble alone', async () => {
    const breakage: Breakage = {
      before: ({ url, body }, response) =>
        url === '/register' &&
        body.includes('cursor://') &&
        answer(response, 400, {
          error: 'invalid_redirect_uri',
          error_description: 'Redirect URIs must be https or loopback',
        }),
    }
    const { failed } = await examineBroken(breakage, 'cursor')
    expect(failed.map(({ id }) => id)).toEqual(['registration'])
    expect(sentences(failed)).toContain('Registration is refused: invalid_redirect_uri')
    expect(sentences(failed)).toContain('an app’s own scheme included')
    expect((await examineBroken(breakage, 'claude-code')).failed).toEqual([])
  })

  it('for a token endpoint that takes longer than the client waits', async () => {
    const silent: Breakage = {
      before: ({ url, body }) => url === '/token' && body.includes('authorization_code'),
    }
    const { failed } = await examineBroken(silent, 'claude', 300)
    expect(failed.map(({ id }) => id)).toEqual(['tokens'])
    expect(sentences(failed)).toContain('The token endpoint had not answered after 10 s')
    expect(sentences(failed)).toContain('Answer within 10 s')
  })

  it('for endpoints on another host, which gets no request', async () => {
    await using elsewhere = await breakingProxy(platform.port, {})
    const { failed } = await examineBroken({
      after: changed(SERVER, (it) => {
        it.token_endpoint = `${elsewhere.origin}/token`
      }),
    })
    expect(sentences(failed)).toContain('token_endpoint is on another host')
    expect(elsewhere.requests).toEqual([])
  })
})
