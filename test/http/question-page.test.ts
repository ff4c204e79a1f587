import { describe, expect, it } from 'vitest'
import { defineServer, defineTool } from '../../src/sdk'
import { startSite } from '../oauth/driver'
import { connect, openBrowser, register, signIn } from '../support/oauth-flow'
import { answerOf, request2026 } from './platform'

const PAGE = 'https://pay.example.com/checkout?cart=12'

const pay = defineTool({
  name: 'pay',
  description: 'Has a page opened.',
  run: async (_, { elicit }) =>
    (await elicit('page', { message: 'Pay on their page', url: PAGE })).action,
})
const shop = defineServer({ name: 'shop', version: '1.0.0', title: 'The shop', tools: [pay] })
const open = defineServer({ name: 'open', version: '1.0.0', access: 'public', tools: [pay] })
const site = startSite({ servers: [shop, open] })

const meta = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: { url: {} } } }

async function call(module: string, accessToken?: string, params: Record<string, unknown> = {}) {
  const { body, headers } = request2026('tools/call', { name: 'pay' }, { meta, params })
  const response = await site.send(`/${module}/mcp`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
      ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }),
    },
    body: JSON.stringify(body),
  })
  return answerOf(response)
}

/** Somebody who was asked to open a page, and the link they were shown. */
async function asked() {
  const { browser, tokens } = await connect(site, { module: 'shop' })
  const { body } = await call('shop', tokens.access_token)
  const { requestState, inputRequests } = body.result
  const link = new URL(inputRequests.page.params.url)
  return { browser, accessToken: tokens.access_token, requestState, inputRequests, link }
}

describe('a question that has a page opened', () => {
  it('M-77, H-87 leads by a link of the platform that tells nothing', async () => {
    const { inputRequests, link } = await asked()
    expect(Object.keys(inputRequests.page.params).sort()).toEqual(['message', 'mode', 'url'])
    expect(link.origin).toBe(site.origin)
    expect(link.href).not.toContain('example.com')
  })

  it('M-77, H-87, S-17 opens for the person who was asked, with the host in sight', async () => {
    const { browser, link } = await asked()
    const response = await browser.open(`${link.pathname}${link.search}`)
    expect(response.status).toBe(200)
    const page = await response.text()
    expect(page).toContain('Go on to pay.example.com')
    expect(page).toContain('The shop asks you')
    expect(page).toContain(`href="${PAGE}"`)
  })

  it('M-77, H-87, S-17 does not open for anybody else', async () => {
    const { link } = await asked()
    const other = openBrowser(site)
    await (await signIn(other, 'Somebody else')).text()
    const response = await other.open(`${link.pathname}${link.search}`)
    expect(response.status).toBe(403)
    const page = await response.text()
    expect(page).toContain('This link is for somebody else')
    expect(page).not.toContain('example.com')
  })

  it('M-77 has a browser sign in first, and come back', async () => {
    const { link } = await asked()
    const response = await openBrowser(site).open(`${link.pathname}${link.search}`)
    expect(response.status).toBe(303)
    const location = new URL(response.headers.get('location') ?? '', site.origin)
    expect(location.pathname).toBe('/sign-in')
    expect(location.searchParams.get('return_to')).toBe(`${link.pathname}${link.search}`)
  })

  it.each(['', '?page=', '?page=AAAA', '?page=%F0%9F%92%A5'])(
    'M-77 shows nothing for %j',
    async (search) => {
      const response = await openBrowser(site).open(`/account/open${search}`)
      expect(response.status).toBe(400)
      expect(await response.text()).toContain('This link is not open any more')
    },
  )

  it('M-77 goes on when the client comes back', async () => {
    const { accessToken, requestState } = await asked()
    const inputResponses = { page: { action: 'accept' } }
    const { body } = await call('shop', accessToken, { requestState, inputResponses })
    expect(body.result.content[0].text).toBe('accept')
  })

  it('M-77 is not asked of somebody who is nobody here', async () => {
    const { body } = await call('open')
    expect(body.error.message).toContain('takes a person who is signed in here')
  })
})

describe('a call of one person', () => {
  it('M-75, H-87 is not gone on with by another person, nor by another client of the same', async () => {
    const { requestState, browser } = await asked()
    const inputResponses = { page: { action: 'accept' } }
    const another = await connect(site, { module: 'shop' })
    const client = await register(site, { client_name: 'Another' })
    const sameBrowser = await connect(site, { module: 'shop', browser, client })
    for (const { tokens } of [another, sameBrowser]) {
      const { body } = await call('shop', tokens.access_token, { requestState, inputResponses })
      expect(body.error).toMatchObject({ code: -32602 })
    }
  })
})
