import { describe, expect, it } from 'vitest'
import {
  formActionFor,
  pageHeaders,
  renderAccountPage,
  renderConsentPage,
  renderHomePage,
  renderModulePage,
  renderNoticePage,
  renderPlaygroundPage,
  renderPlaygroundReturnPage,
  renderReturnPage,
  renderSetupPage,
  renderSignInPage,
} from '../../src/console'
import { playground, timeModule } from './fixture'
import { cspHash } from './markup'
import { account, consent, goBack, setup, signIn } from './oauth-fixture'

const policy = pageHeaders()['content-security-policy'] ?? ''

describe('the Content-Security-Policy of a page', () => {
  it.each([
    "default-src 'none'",
    'img-src data:',
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ])('has %s', (directive) => {
    expect(policy.split('; ')).toContain(directive)
  })

  it('has no unsafe source and none beyond the page', () => {
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
  })

  it.each([
    { page: 'home', html: renderHomePage({ origin: 'https://mcp.example.com', modules: [] }) },
    { page: 'module', html: renderModulePage(timeModule) },
    { page: 'notice', html: renderNoticePage({ title: 'Not found', message: 'No such page.' }) },
    { page: 'consent', html: renderConsentPage(consent) },
    { page: 'return', html: renderReturnPage(goBack) },
    { page: 'sign-in', html: renderSignInPage({ ...signIn, passkey: undefined }) },
    { page: 'set-up, when done,', html: renderSetupPage({ done: true }) },
  ])(
    'covers the style and the script of the $page page, and there are no others',
    async ({ html }) => {
      for (const [tag, directive] of [
        ['style', 'style-src'],
        ['script', 'script-src'],
      ] as const) {
        const blocks = [...html.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, 'g'))]
        expect(blocks).toHaveLength(1)
        expect(policy).toContain(`${directive} ${await cspHash(blocks[0]?.[1] ?? '')}`)
      }
      expect(html).not.toMatch(/<[^>]*\s(?:style|on[a-z]+)=/)
    },
  )
})

describe('the Content-Security-Policy of a page with passkeys', () => {
  const withPasskey = pageHeaders({ scripts: ['passkey'] })['content-security-policy'] ?? ''

  it.each([
    { page: 'sign-in', html: renderSignInPage(signIn) },
    { page: 'set-up', html: renderSetupPage(setup) },
    { page: 'account', html: renderAccountPage(account) },
  ])('covers both scripts of the $page page, in this order and no others', async ({ html }) => {
    const scripts = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, text = '']) => text)
    const hashes = await Promise.all(scripts.map(cspHash))
    expect(hashes).toHaveLength(2)
    expect(withPasskey.split('; ')).toContain(`script-src ${hashes.join(' ')}`)
    expect(policy).not.toContain(hashes[1])
    expect(html).not.toMatch(/<[^>]*\s(?:style|on[a-z]+)=/)
  })

  it('is the same in everything else', () => {
    const others = (value: string) =>
      value.split('; ').filter((one) => !one.startsWith('script-src'))
    expect(others(withPasskey)).toEqual(others(policy))
  })
})

describe('the Content-Security-Policy of the playground', () => {
  it.each([
    { page: 'playground', html: renderPlaygroundPage(playground), script: 'playground' },
    { page: 'return', html: renderPlaygroundReturnPage(), script: 'playgroundReturn' },
  ] as const)(
    'covers both scripts of the $page page, in this order and no others',
    async ({ html, script }) => {
      const own = pageHeaders({ scripts: [script] })['content-security-policy'] ?? ''
      const texts = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, text = '']) => text)
      const hashes = await Promise.all(texts.map(cspHash))
      expect(hashes).toHaveLength(2)
      expect(own.split('; ')).toContain(`script-src ${hashes.join(' ')}`)
      expect(html).not.toMatch(/<[^>]*\s(?:style|on[a-z]+)=/)
    },
  )

  it('lets a page call its own origin and no other, and only the one that says so', () => {
    const connecting = pageHeaders({ connects: true })['content-security-policy'] ?? ''
    expect(connecting.split('; ')).toContain("connect-src 'self'")
    expect(connecting.replace("connect-src 'self'; ", '')).toBe(policy)
    expect(policy).not.toContain('connect-src')
  })
})

describe('form-action for a redirect', () => {
  it.each([
    { redirectUri: 'https://claude.ai/api/mcp/auth_callback', sources: ['https:'] },
    { redirectUri: 'http://localhost:8787/callback', sources: ['http://localhost:8787', 'https:'] },
    { redirectUri: 'http://127.0.0.1:33418/', sources: ['http://127.0.0.1:33418', 'https:'] },
    { redirectUri: 'http://localhost/callback', sources: ['http://localhost', 'https:'] },
    { redirectUri: 'http://[::1]:9999/callback', sources: ['http:', 'https:'] },
    { redirectUri: 'cursor://anysphere.cursor-mcp/oauth/callback', sources: ['cursor:'] },
    { redirectUri: 'com.example.app:/callback', sources: ['com.example.app:'] },
  ])('to $redirectUri is $sources', ({ redirectUri, sources }) => {
    expect(formActionFor(redirectUri)).toEqual(sources)
    const headers = pageHeaders({ formAction: formActionFor(redirectUri) })
    expect(headers['content-security-policy']?.split('; ')).toContain(
      `form-action 'self' ${sources.join(' ')}`,
    )
  })

  it.each([
    "http://a;script-src'unsafe-inline'/",
    'http://*/',
    'http://*.example.com/',
    'http://a,b/',
    "http://'none'/",
  ])('lets the host of %s say nothing', (redirectUri) => {
    expect(formActionFor(redirectUri)).toEqual([])
  })
})

it('forbids sniffing, caching and telling other sites where a visitor came from', () => {
  expect(pageHeaders()).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  })
})

it('leaves the opener of a sign-in pop-up alone', () => {
  expect(pageHeaders()).not.toHaveProperty('cross-origin-opener-policy')
})
