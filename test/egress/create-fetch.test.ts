/** `ctx.fetch` against a network that is made up here: what goes out, and what never does. */
import { describe, expect, it } from 'vitest'
import { createFetch, type Outbound, refusingFetch } from '../../src/egress'
import { ToolError } from '../../src/sdk'

const SECRET = 'secret-canary/+ "7f3a"'
const TOKEN = {
  host: 'api.example.com',
  secret: SECRET,
  header: 'authorization',
  value: `Bearer ${SECRET}`,
}
const KEY = { host: 'maps.example.com', secret: 'key-canary&77', query: 'api_key' }

interface Sent {
  url: string
  method: string
  headers: Record<string, string>
  body: string
  redirect: string | undefined
}
type Answer = (sent: Sent) => Response | Promise<Response>

function outside(answer: Answer = () => new Response('fine'), changes: Partial<Outbound> = {}) {
  const sent: Sent[] = []
  const fetch = createFetch({
    module: 'lab',
    hosts: ['api.example.com', 'maps.example.com', '*.files.example.com'],
    secrets: [TOKEN, KEY],
    headers: {},
    signal: new AbortController().signal,
    network: async (input, init) => {
      const one: Sent = {
        url: String(input),
        method: init?.method ?? 'GET',
        headers: Object.fromEntries(new Headers(init?.headers)),
        body: await new Response(init?.body ?? null).text(),
        redirect: init?.redirect,
      }
      sent.push(one)
      return answer(one)
    },
    ...changes,
  })
  return { fetch, sent }
}

/** What a call was refused with; nothing else may be thrown. */
async function refusal(work: Promise<unknown>): Promise<string> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(thrown instanceof ToolError)) throw new Error(`not refused, but ${String(thrown)}`)
  return `${thrown.code}: ${thrown.message}`
}

const redirect = (location: string, status = 302) =>
  new Response(null, { status, headers: { location } })
const redirecting = (location: string, status?: number): Answer => {
  let first = true
  return () => {
    if (!first) return new Response('arrived')
    first = false
    return redirect(location, status)
  }
}

/** Nothing of this may be asked for, and nothing may be redirected to it. */
const ATTACKS: [string, string][] = [
  ['a host off the list', 'https://evil.example.org/'],
  ['a host above the list', 'https://example.com/'],
  ['a host that ends like one on the list', 'https://evilapi.example.com/'],
  ['a host that begins like one on the list', 'https://api.example.com.evil.org/'],
  ['a wildcard without anything before it', 'https://files.example.com/'],
  ['a name that ends like a wildcard', 'https://evilfiles.example.com/'],
  ['a dot at the end', 'https://api.example.com./'],
  ['plain http', 'http://api.example.com/'],
  ['another scheme', 'ftp://api.example.com/'],
  ['a file', 'file:///etc/passwd'],
  ['data', 'data:text/plain,hello'],
  ['another port', 'https://api.example.com:8443/'],
  ['a user', 'https://user@api.example.com/'],
  ['the list as a user', 'https://api.example.com@evil.example.org/'],
  ['a backslash', 'https://evil.example.org\\@api.example.com/'],
  ['loopback', 'https://127.0.0.1/'],
  ['loopback by name', 'https://localhost/'],
  ['loopback, decimal', 'https://2130706433/'],
  ['loopback, hexadecimal', 'https://0x7f000001/'],
  ['loopback, octal', 'https://0177.0.0.1/'],
  ['loopback, short', 'https://127.1/'],
  ['loopback, in full width', 'https://①②⑦.⓪.⓪.①/'],
  ['loopback, IPv6', 'https://[::1]/'],
  ['loopback, IPv6-mapped', 'https://[::ffff:127.0.0.1]/'],
  ['metadata', 'https://169.254.169.254/latest/meta-data/'],
  ['metadata, decimal', 'https://2852039166/'],
  ['metadata, IPv6-mapped', 'https://[::ffff:a9fe:a9fe]/'],
  ['metadata, by name', 'https://metadata.google.internal/'],
  ['a private network', 'https://10.0.0.1/'],
  ['a local IPv6 network', 'https://[fd00::1]/'],
  ['a public address', 'https://1.1.1.1/'],
  ['a look-alike in Cyrillic', 'https://аpi.example.com/'],
  ['a look-alike with a wide dot', 'https://api.example.com。evil.org/'],
]

describe('ctx.fetch refuses', () => {
  it.each(ATTACKS)('%s: %s', async (_, url) => {
    const { fetch, sent } = outside()
    expect(await refusal(fetch(url))).toMatch(/^egress_refused: /)
    expect(await refusal(fetch(new Request(url)))).toMatch(/^egress_refused: /)
    expect(sent).toEqual([])
  })

  it.each(ATTACKS)('to be redirected to %s: %s', async (_, url) => {
    for (const status of [301, 302, 303, 307, 308]) {
      const { fetch, sent } = outside(redirecting(url, status))
      expect(await refusal(fetch('https://api.example.com/a'))).toMatch(/^egress_refused: /)
      expect(sent).toHaveLength(1)
    }
  })

  it('hosts of a list with private names or addresses all the same', async () => {
    for (const host of ['localhost', '127.0.0.1', '169.254.169.254', 'printer.local']) {
      const { fetch, sent } = outside(undefined, { hosts: [host] })
      expect(await refusal(fetch(`https://${host}/`))).toContain('egress_refused')
      expect(sent).toEqual([])
    }
  })

  it('anything where the module lists no hosts', async () => {
    expect(await refusal(refusingFetch('https://api.example.com/'))).toContain('egress_refused')
  })

  it.each([
    'host',
    'Connection',
    'proxy-authorization',
    'CF-Connecting-IP',
    'x-forwarded-for',
    'X-Forwarded-Host',
    'forwarded',
    'upgrade',
    'transfer-encoding',
    'cdn-loop',
  ])('the header %s', async (name) => {
    const { fetch, sent } = outside()
    const words = await refusal(fetch('https://api.example.com/', { headers: { [name]: 'x' } }))
    expect(words).toBe(
      `egress_refused: The header "${name.toLowerCase()}" is not for modules to set.`,
    )
    expect(sent).toEqual([])
  })

  it('a sixth redirect, and none before', async () => {
    const redirects = (count: number): Answer => {
      let left = count
      return () => (left-- > 0 ? redirect('/next') : new Response('arrived'))
    }
    const five = outside(redirects(5))
    const answer = await five.fetch('https://api.example.com/')
    expect(await answer.text()).toBe('arrived')
    expect([answer.redirected, answer.url]).toEqual([true, 'https://api.example.com/next'])
    const six = outside(redirects(6))
    expect(await refusal(six.fetch('https://api.example.com/'))).toContain('more than 5 times')
    expect(six.sent).toHaveLength(6)
  })

  it('a body of more than a mebibyte, whatever it comes as', async () => {
    const { fetch, sent } = outside()
    const post = (body: BodyInit) => fetch('https://api.example.com/', { method: 'POST', body })
    const tooLong = new Uint8Array(1024 * 1024 + 1)
    expect(await refusal(post(tooLong))).toContain('egress_too_large')
    expect(await refusal(post(new Blob([tooLong]).stream()))).toContain('egress_too_large')
    expect(sent).toEqual([])
    await post(tooLong.subarray(1))
    expect(sent).toHaveLength(1)
  })

  it('an answer of more than ten mebibytes, while it is read', async () => {
    let pulled = 0
    let cancelled = false
    const endless = () =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          pulled++
          controller.enqueue(new Uint8Array(1024 * 1024))
        },
        cancel() {
          cancelled = true
        },
      })
    const { fetch } = outside(() => new Response(endless()))
    const response = await fetch('https://api.example.com/')
    expect(await refusal(response.text())).toContain('egress_too_large: "api.example.com"')
    expect(pulled).toBeLessThan(20)
    expect(cancelled).toBe(true)
  })
})

describe('ctx.fetch passes on', () => {
  it('what the module asks, and what it is answered', async () => {
    const { fetch, sent } = outside(() =>
      Response.json({ id: 7 }, { status: 201, headers: { etag: '"1"' } }),
    )
    const response = await fetch('https://api.example.com/items?q=a%20b', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-own': 'yes' },
      body: '{"a":1}',
      // A field of Cloudflare's own, which could send it elsewhere.
      cf: { resolveOverride: 'evil.example.org' },
    } as RequestInit)
    expect([response.status, response.headers.get('etag'), await response.json()]).toEqual([
      201,
      '"1"',
      { id: 7 },
    ])
    expect(response.url).toBe('https://api.example.com/items?q=a%20b')
    expect(sent).toEqual([
      {
        url: 'https://api.example.com/items?q=a%20b',
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-own': 'yes',
          authorization: `Bearer ${SECRET}`,
        },
        body: '{"a":1}',
        redirect: 'manual',
      },
    ])
  })

  it.each([
    'https://a.files.example.com/',
    'https://a.b.files.example.com/',
    'https://API.EXAMPLE.COM:443/',
  ])('requests to %s', async (url) => {
    expect((await outside().fetch(new URL(url))).status).toBe(200)
  })

  it('the trace of the caller, unless the module has its own', async () => {
    const headers = { traceparent: '00-a-b-01', tracestate: 'a=b' }
    const { fetch, sent } = outside(undefined, { headers })
    await fetch('https://maps.example.com/')
    await fetch('https://maps.example.com/', { headers: { traceparent: 'own' } })
    expect(sent.map((one) => one.headers)).toEqual([headers, { ...headers, traceparent: 'own' }])
  })

  it.each([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [303, 'PUT', 'GET', ''],
    [303, 'HEAD', 'HEAD', ''],
    [307, 'POST', 'POST', 'text'],
    [308, 'PUT', 'PUT', 'text'],
  ])('a redirect %i of %s as %s', async (status, method, then, body) => {
    const { fetch, sent } = outside(redirecting('https://a.files.example.com/x', status))
    await fetch('https://api.example.com/', { method, ...(method !== 'HEAD' && { body: 'text' }) })
    expect(sent[1]).toMatchObject({ method: then, body, url: 'https://a.files.example.com/x' })
    expect('content-type' in (sent[1]?.headers ?? {})).toBe(body !== '')
  })

  it('a redirect itself, to who asks for it', async () => {
    const { fetch, sent } = outside(() => redirect('https://evil.example.org/'))
    const response = await fetch('https://api.example.com/', { redirect: 'manual' })
    expect(response.headers.get('location')).toBe('https://evil.example.org/')
    expect(await refusal(fetch('https://api.example.com/', { redirect: 'error' }))).toContain(
      'answered with a redirect',
    )
    expect(sent).toHaveLength(2)
  })

  it('failures in words of its own', async () => {
    const { fetch } = outside(() => {
      throw new Error('connect 10.1.2.3:443 refused; reference = 4711')
    })
    expect(await refusal(fetch('https://api.example.com/'))).toBe(
      'egress_unreachable: "api.example.com" could not be reached.',
    )
  })

  it('the end of the call, and the end that the module gives it', async () => {
    for (const whose of ['call', 'module']) {
      const controller = new AbortController()
      const { fetch } = outside(undefined, {
        ...(whose === 'call' && { signal: controller.signal }),
        network: (_, init) =>
          new Promise((_resolve, reject) =>
            init?.signal?.addEventListener('abort', () => reject(new Error('gone'))),
          ),
      })
      const asking = fetch('https://api.example.com/', {
        ...(whose === 'module' && { signal: controller.signal }),
      })
      setTimeout(() => controller.abort(new Error('time is up')))
      await expect(asking).rejects.toThrow('time is up')
    }
  })
})

describe('a secret', () => {
  it('goes to its own host only, over what the module says there', async () => {
    const { fetch, sent } = outside()
    const headers = { authorization: 'Bearer own' }
    await fetch('https://api.example.com/', { headers })
    await fetch('https://maps.example.com/?api_key=own&q=a%20b', { headers })
    await fetch('https://a.files.example.com/', { headers })
    expect(sent.map((one) => [one.url, one.headers.authorization])).toEqual([
      ['https://api.example.com/', `Bearer ${SECRET}`],
      ['https://maps.example.com/?q=a+b&api_key=key-canary%2677', 'Bearer own'],
      ['https://a.files.example.com/', 'Bearer own'],
    ])
  })

  it('is not forwarded by a redirect, nor what the module said to the first host', async () => {
    const { fetch, sent } = outside(redirecting('https://a.files.example.com/'))
    const headers = { authorization: 'Bearer own', cookie: 'a=b', 'x-own': 'yes' }
    await fetch('https://maps.example.com/', { headers })
    expect(sent[0]?.url).toBe('https://maps.example.com/?api_key=key-canary%2677')
    expect(sent[1]).toMatchObject({ url: 'https://a.files.example.com/' })
    expect(sent[1]?.headers).toEqual({ 'x-own': 'yes' })
  })

  it('is added anew for each host on the way', async () => {
    const { fetch, sent } = outside(redirecting('https://maps.example.com/b?c=d'))
    await fetch('https://api.example.com/a')
    expect(sent.map((one) => [one.url, one.headers])).toEqual([
      ['https://api.example.com/a', { authorization: `Bearer ${SECRET}` }],
      ['https://maps.example.com/b?c=d&api_key=key-canary%2677', {}],
    ])
  })

  it('is not carried to another host by the address of a redirect', async () => {
    const echoing = (one: Sent) =>
      redirect(`https://a.files.example.com/${new URL(one.url).search}`)
    const { fetch, sent } = outside(echoing)
    const words = await refusal(fetch('https://maps.example.com/'))
    expect(words).toContain("with this module's credentials")
    expect(words).not.toContain('canary')
    expect(sent).toHaveLength(1)
  })

  it.each([1, 2, 7, 1000])('is masked where a host repeats it, in chunks of %i', async (size) => {
    const whole = `<${SECRET}> ${encodeURIComponent(SECRET)} ${JSON.stringify({ SECRET })} secret-ca`
    const bytes = new TextEncoder().encode(whole)
    const echo = () =>
      new ReadableStream<Uint8Array>({
        start(controller) {
          for (let at = 0; at < bytes.length; at += size) {
            controller.enqueue(bytes.slice(at, at + size))
          }
          controller.close()
        },
      })
    const { fetch } = outside(
      ({ headers }) =>
        new Response(echo(), {
          headers: { 'x-echo': headers.authorization ?? '', 'content-length': `${bytes.length}` },
        }),
    )
    const response = await fetch('https://api.example.com/')
    expect(response.headers.get('x-echo')).toBe('Bearer [hidden]')
    expect(await response.text()).toBe('<[hidden]> [hidden] {"SECRET":"[hidden]"} secret-ca')
  })

  it('is in no address that the module sees', async () => {
    const { fetch } = outside(({ url }) => redirect(`${new URL(url).search}`), {})
    const response = await fetch('https://maps.example.com/', { redirect: 'manual' })
    expect(response.url).toBe('https://maps.example.com/')
    expect(response.headers.get('location')).toBe('?api_key=[hidden]')
  })
})
