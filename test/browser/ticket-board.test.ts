/** The ticket board of the support desk in a host of MCP Apps, for a person who signed in. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, FrameLocator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { CHROMIUM_DEADLINE_MS, launchChromium } from '../support/chromium.ts'
import { callTool, connect, request, siteAt } from '../support/oauth-flow.ts'
import { type Platform, start } from '../support/platform.ts'
import type { Opened, Opening } from './apps-host/host.ts'
import { type AppsHost, startAppsHost } from './apps-host/index.ts'
import { violationsOf } from './measures.ts'

const APP = 'ui://support/ticket-board'
const DOCUMENT = join(import.meta.dirname, '../../servers/support/apps/ticket-board.html')
const VIEWS = (['light', 'dark'] as const).flatMap((theme) =>
  [360, 1000].map((width) => ({ theme, width })),
)
/** Some of the colours that hosts send, each right for its theme. */
const COLORS = {
  '--color-background-primary': 'light-dark(#fffdf7, #101418)',
  '--color-text-primary': 'light-dark(#14110a, #f4f6f8)',
}

let platform: Platform
let browser: Browser
let appsHost: AppsHost
beforeAll(async () => {
  const started = await Promise.all([start(), launchChromium(), startAppsHost()])
  ;[platform, browser, appsHost] = started
}, CHROMIUM_DEADLINE_MS)
afterAll(async () => {
  await Promise.all([platform?.stop(), browser?.close(), appsHost?.close()])
})
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())))

interface Shown {
  page: Page
  board: FrameLocator
  accessToken: string
  opened(): Promise<Opened>
  /** What the database has of a ticket. */
  ticket(id: string): Promise<{ status: string; assignee: string | null }>
}

/** Shows the board to somebody new who allowed `scope`. */
async function show(
  scope: string,
  changes: Partial<Opening> = {},
  viewport = { width: 1000, height: 900 },
): Promise<Shown> {
  const site = siteAt(platform.origin)
  const { tokens } = await connect(site, { module: 'support', scope, person: 'Rosa' })
  const accessToken = tokens.access_token
  const read = await request(site, 'support', 'resources/read', { uri: APP }, accessToken)
  const { result } = (await read.json()) as {
    result: { contents: { _meta?: { ui?: { csp?: object } } }[] }
  }
  const context = await browser.newContext({
    viewport,
    colorScheme: changes.context?.theme ?? 'light',
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  await page.goto(appsHost.url)
  await page.evaluate((opening) => window.host.open(opening), {
    connectorUrl: `${platform.origin}/support/mcp`,
    accessToken,
    mode: { pin: '2026-07-28' },
    sandboxUrl: appsHost.sandboxFor(result.contents[0]?._meta?.ui?.csp),
    tool: 'show_ticket_board',
    args: {},
    context: { theme: 'light' },
    ...changes,
  } satisfies Opening)
  const board = page.frameLocator('iframe').frameLocator('iframe')
  await board.getByRole('status').filter({ hasNotText: 'Waiting' }).waitFor()
  return {
    page,
    board,
    accessToken,
    opened: () => page.evaluate(() => window.host.opened),
    async ticket(id) {
      const answer = await callTool(site, 'support', 'get_ticket', accessToken, { id })
      // biome-ignore lint/suspicious/noExplicitAny: the answer of a tool whose own tests check it
      return ((await answer.json()) as any).result.structuredContent.ticket
    },
  }
}

const buttonOf = (board: FrameLocator, words: string, id: string) =>
  board.getByRole('button', { name: `${words}: ticket ${id}`, exact: true })
const said = (board: FrameLocator, words: string) =>
  board.getByRole('status').filter({ hasText: words }).waitFor()
const cardsIn = (board: FrameLocator, column: string) =>
  board.getByRole('region', { name: column }).getByRole('listitem')

/** Any open ticket on the board: its number. */
async function anOpenTicket(board: FrameLocator): Promise<string> {
  const words = await cardsIn(board, 'Open').first().getByRole('heading').textContent()
  const id = /(\d+):/.exec(words ?? '')?.[1]
  if (id === undefined) throw new Error(`no number in "${words}"`)
  return id
}

describe.each([
  ['at 2026-07-28', { pin: '2026-07-28' }],
  ['in a session', 'legacy'],
] as const)('the ticket board in a host %s', (_, mode) => {
  it('X-20, X-21 opens for the tool, and shows what it came to', async () => {
    const { board, opened } = await show('support:read', { mode })
    const { app, modelTools, sizes, heard, problems } = await opened()
    expect(app).toMatchObject({ name: 'ticket-board', version: '1.0.0' })
    expect(modelTools).toContain('show_ticket_board')
    expect(modelTools).not.toContain('move_ticket')
    expect(heard.slice(0, 3)).toEqual([
      'ui/notifications/sandbox-proxy-ready',
      'ui/initialize',
      'ui/notifications/initialized',
    ])
    const cards = await Promise.all(['Open', 'Pending'].map((it) => cardsIn(board, it).count()))
    expect(cards.reduce((sum, count) => sum + count)).toBe(12)
    expect(sizes.at(-1)?.height).toBeGreaterThan(500)
    expect(problems).toEqual([])
  })

  it('X-24 moves a ticket by a tool of its own, and the database has it', async () => {
    const { board, ticket } = await show('support:write', { mode })
    const id = await anOpenTicket(board)
    expect((await ticket(id)).status).toBe('open')
    await buttonOf(board, 'Move to pending', id).click()
    await said(board, `Ticket ${id} is pending now`)
    expect((await ticket(id)).status).toBe('pending')
    const moved = board.getByRole('region', { name: 'Pending' })
    await moved.getByRole('heading', { name: `${id}:` }).waitFor()
    // Where it went, the keyboard went too: the way back is the next key.
    await buttonOf(board, 'Move to open', id).press('Enter')
    await said(board, `Ticket ${id} is open now`)
    expect((await ticket(id)).status).toBe('open')
  })

  it('X-24 says on the board what its person has not allowed, and changes nothing', async () => {
    const { board, ticket } = await show('support:read', { mode })
    const id = await anOpenTicket(board)
    await buttonOf(board, 'Move to pending', id).click()
    const alert = board.getByRole('alert')
    await alert.waitFor()
    expect(await alert.textContent()).toMatch(
      new RegExp(`^Ticket ${id} was not changed: .*support:write`),
    )
    expect((await ticket(id)).status).toBe('open')
  })
})

describe('the ticket board', () => {
  it('is taken by the keyboard alone, and keeps the focus where it was', async () => {
    const { page, board, ticket } = await show('support:write')
    const id = await anOpenTicket(board)
    await buttonOf(board, 'Move to pending', id).focus()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await said(board, `Ticket ${id} is yours now`)
    expect((await ticket(id)).assignee).toMatch(/^[\w-]+\.[\w-]+$/)
    await cardsIn(board, 'Open').filter({ hasText: 'you · customer' }).waitFor()
    // Its button is gone; the other one of that ticket is the nearest there is.
    await board.locator(`#status-${id}:focus`).waitFor()
  })

  it('asks again for what the model had asked for', async () => {
    const { page, board, accessToken } = await show('support:write', {
      args: { assignee: 'ana.silva' },
    })
    const id = await anOpenTicket(board)
    const site = siteAt(platform.origin)
    const args = { id, status: 'pending' }
    expect((await callTool(site, 'support', 'move_ticket', accessToken, args)).status).toBe(200)
    await board.getByRole('button', { name: 'Refresh' }).click()
    const pending = board.getByRole('region', { name: 'Pending' })
    await pending.getByRole('heading', { name: `${id}:` }).waitFor()
    const cards = board.getByRole('listitem')
    expect(await cards.filter({ hasText: 'ana.silva' }).count()).toBe(await cards.count())
    await page.evaluate(() => window.host.tearDown())
  })

  it('says why it stays empty where its host refuses it', async () => {
    const page = await (await browser.newContext()).newPage()
    await page.evaluate(
      (srcdoc) => {
        addEventListener('message', ({ source, data: { id } }) => {
          const error = { code: -32602, message: 'That version is not spoken here.' }
          source?.postMessage({ jsonrpc: '2.0', id, error }, { targetOrigin: '*' })
        })
        document.body.append(Object.assign(document.createElement('iframe'), { srcdoc }))
      },
      await readFile(DOCUMENT, 'utf8'),
    )
    const board = page.frameLocator('iframe')
    await board.getByRole('alert').waitFor()
    expect(await board.getByRole('alert').textContent()).toBe(
      'The board could not be loaded: That version is not spoken here.',
    )
    expect(await board.getByText('Waiting').count()).toBe(0)
  })

  it('offers nothing that its host would not do', async () => {
    const { board } = await show('support:write', { capabilities: {} })
    expect(await board.getByRole('button').count()).toBe(0)
  })

  it('X-23 is kept from the network by the policy it asks for, and needs none of it', async () => {
    const { page, board } = await show('support:read')
    const refused: string[] = []
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) refused.push(message.text())
    })
    const reached = await board.locator('body').evaluate(async (_, origin) => {
      return await fetch(origin).then(
        () => 'reached',
        () => 'refused',
      )
    }, platform.origin)
    expect(reached).toBe('refused')
    expect(refused.every((text) => text.includes(platform.origin))).toBe(true)
  })

  it('wears the theme and the colours of its host, and changes with them', async () => {
    const context = { theme: 'light', styles: { variables: COLORS } } as const
    const { page, board } = await show('support:read', { context })
    const background = () =>
      board.locator('body').evaluate((body) => getComputedStyle(body).backgroundColor)
    expect(await background()).toBe('rgb(255, 253, 247)')
    await page.evaluate((changed) => window.host.change(changed), {
      ...context,
      theme: 'dark' as const,
    })
    await expect.poll(background, { timeout: 20_000 }).toBe('rgb(16, 20, 24)')
  })

  it.each(VIEWS)('is accessible in $theme at $width px', async ({ theme, width }) => {
    const viewport = { width, height: 900 }
    const { page, board } = await show('support:read', { context: { theme } }, viewport)
    await buttonOf(board, 'Move to pending', await anOpenTicket(board)).click()
    await board.getByRole('alert').waitFor()
    expect(await violationsOf(page)).toEqual([])
    const overflow = await board
      .locator('html')
      .evaluate((html) => html.scrollWidth - html.clientWidth)
    expect(overflow).toBe(0)
  })
})
