import { describe, expect, it } from 'vitest'
import { pageHeaders, renderHomePage, renderModulePage, renderNoticePage } from '../../src/console'
import { timeModule } from './fixture'

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

it('forbids sniffing, caching and telling other sites where a visitor came from', () => {
  expect(pageHeaders()).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  })
})

it('leaves the opener of a sign-in pop-up alone', () => {
  expect(pageHeaders()).not.toHaveProperty('cross-origin-opener-policy')
})

async function cspHash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`
}
