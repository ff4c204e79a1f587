import { describe, expect, it } from 'vitest'
import { renderHomePage, renderModulePage, renderNoticePage } from '../../src/console'
import { connectGuides } from '../../src/console/connect-guides'
import { timeModule, timeTool } from './fixture'

describe('the home page', () => {
  it('links every module and shows its connector URL', () => {
    const html = renderHomePage({
      origin: 'https://mcp.example.com',
      modules: [
        timeModule,
        {
          ...timeModule,
          name: 'notes',
          title: 'Notes',
          connectorUrl: 'https://mcp.example.com/notes/mcp',
        },
      ],
    })
    expect(html).toContain('<a href="/time">Time</a>')
    expect(html).toContain('<a href="/notes">Notes</a>')
    expect(html).toContain('>https://mcp.example.com/time/mcp</code>')
    expect(html).toContain('>https://mcp.example.com/notes/mcp</code>')
  })

  it.each([
    { visitor: {}, words: '<a class="account-link" href="/account">Sign in</a>' },
    {
      visitor: { name: 'Ada\u202E <b>' },
      words:
        'href="/account"><span class="visually-hidden">Your account: </span><bdi>Ada &lt;b&gt;</bdi></a>',
    },
  ])('shows $visitor.name the way to an account, as the module page does', ({ visitor, words }) => {
    const origin = 'https://mcp.example.com'
    expect(renderHomePage({ origin, modules: [], visitor })).toContain(words)
    expect(renderModulePage(timeModule, visitor)).toContain(words)
  })

  it('says how to add the first module where there is none', () => {
    const html = renderHomePage({ origin: 'http://localhost:8787', modules: [] })
    expect(html).toContain('No module is hosted here yet.')
    expect(html).toContain('<code>servers/index.ts</code>')
  })

  it.each([
    { effects: [], words: 'No tools yet' },
    { effects: ['read'], words: '1 tool that only reads' },
    { effects: ['change', 'change'], words: '2 tools that make changes' },
    {
      effects: ['delete', 'read', 'read', 'change'],
      words: '4 tools: 2 only read, 1 makes changes, 1 can delete',
    },
  ] as const)('sums up $effects as "$words"', ({ effects, words }) => {
    const tools = effects.map((effect) => ({ ...timeTool, effect }))
    const html = renderHomePage({
      origin: 'https://mcp.example.com',
      modules: [{ ...timeModule, tools }],
    })
    expect(html).toContain(`>${words}</p>`)
  })
})

describe('the module page', () => {
  it('says of a tool what it is called, what it does and what it takes', () => {
    const html = renderModulePage(timeModule)
    expect(html).toContain('<h3>Current time</h3>')
    expect(html).toContain('<code>current_time</code>')
    expect(html).toContain('Date and time in one time zone.')
    expect(html).toContain('Only reads')
    expect(html).toContain('<code>timeZone</code>')
    expect(html).toContain('text, optional, <code>&quot;UTC&quot;</code> if left out')
    expect(html).toContain('IANA name such as <code>Europe/Lisbon</code>.')
  })

  it.each([
    { effect: 'read', openWorld: false, badges: ['Only reads'] },
    { effect: 'change', openWorld: true, badges: ['Makes changes', 'Uses outside services'] },
    { effect: 'delete', openWorld: true, badges: ['Can delete', 'Uses outside services'] },
  ] as const)('marks a tool of effect $effect, open world $openWorld', (tool) => {
    const { badges, ...facts } = tool
    const html = renderModulePage({ ...timeModule, tools: [{ ...timeTool, ...facts }] })
    const tools = html.slice(html.indexOf('id="tools"'), html.indexOf('id="resources"'))
    expect([...tools.matchAll(/class="badge[^>]*>([^<]*)/g)].map(([, text]) => text)).toEqual(
      badges,
    )
  })

  it('shows what can be read and where, and which prompts there are', () => {
    const html = renderModulePage(timeModule)
    const readable = html.slice(html.indexOf('id="resources"'), html.indexOf('id="prompts"'))
    expect(readable).toContain('<h3>Clock</h3>')
    expect(readable).toContain('<code>time://{zone}</code>')
    expect(readable).toContain('>application/json</span>')
    const prompts = html.slice(html.indexOf('id="prompts"'), html.indexOf('id="documents"'))
    expect(prompts).toContain('<h3>Plan a call</h3>')
    expect(prompts).toContain('Takes no parameters.')
  })

  it('leaves out what a module has none of', () => {
    const html = renderModulePage({ ...timeModule, resources: [], prompts: [] })
    expect(html).not.toContain('id="resources"')
    expect(html).not.toContain('id="prompts"')
  })

  it('leads to where the module can be tried', () => {
    expect(renderModulePage(timeModule)).toContain('href="/time/try">Try Time here</a>')
  })

  it('offers the copy button to scripts only', () => {
    const buttons = renderModulePage(timeModule).match(/<button[^>]*>/g) ?? []
    expect(buttons.length).toBeGreaterThan(0)
    for (const button of buttons) expect(button).toMatch(/ hidden=""/)
  })

  it.each([
    'href="https://claude.ai/customize/connectors?modal=add-custom-connector&amp;connectorName=Time&amp;connectorUrl=https%3A%2F%2Fmcp.example.com%2Ftime%2Fmcp"',
    'href="https://chatgpt.com/plugins"',
    'claude mcp add --transport http --scope user time https://mcp.example.com/time/mcp',
    'gemini mcp add --transport http --scope user time https://mcp.example.com/time/mcp',
    '&quot;httpUrl&quot;: &quot;https://mcp.example.com/time/mcp&quot;',
    'npx @modelcontextprotocol/inspector --transport http --server-url https://mcp.example.com/time/mcp',
    'code --add-mcp &quot;{\\&quot;name\\&quot;:\\&quot;time\\&quot;,\\&quot;type\\&quot;:\\&quot;http\\&quot;,',
    '&quot;mcp-remote&quot;',
    'href="cursor://anysphere.cursor-deeplink/mcp/install?name=time&amp;config=eyJ1cmwiOi',
    'href="vscode:mcp/install?%7B%22name%22%3A%22time%22',
  ])('shows how to connect: %s', (text) => {
    expect(renderModulePage(timeModule)).toContain(text)
  })

  it('tells who must sign in how to in each client, and nobody else', () => {
    const guides = connectGuides({ ...timeModule, access: 'authenticated' })
    const signIn = guides.filter(({ steps }) => /sign in|sign-in/.test(steps.join(' ')))
    expect(signIn.map(({ id }) => id)).toEqual([
      'claude',
      'chatgpt',
      'claude-code',
      'cursor',
      'vs-code',
      'gemini-cli',
    ])
    expect(renderModulePage(timeModule)).not.toMatch(/sign in|sign-in|OAuth/)
  })

  it('gives links that say what the copied configuration says', () => {
    const link = (id: string) => connectGuides(timeModule).find((one) => one.id === id)?.install
    const url = timeModule.connectorUrl
    const cursor = new URL(link('cursor')?.href ?? '')
    expect(cursor.searchParams.get('name')).toBe('time')
    expect(JSON.parse(atob(cursor.searchParams.get('config') ?? ''))).toEqual({ url })
    const vsCode = decodeURIComponent(link('vs-code')?.href.split('?')[1] ?? '')
    expect(JSON.parse(vsCode)).toEqual({ name: 'time', type: 'http', url })
  })

  it('marks what is experimental, and leaves it out for a module that is in no list', () => {
    const html = renderModulePage(timeModule)
    const documents = html.slice(html.indexOf('id="documents"'))
    expect(documents).toContain('href="/time/mcp/server-card"')
    expect(documents).toContain('href="/time/server.json"')
    expect([...documents.matchAll(/class="badge[^>]*>([^<]*)/g)].map(([, text]) => text)).toEqual([
      'Experimental',
      'Experimental',
      'Preview',
    ])
    expect(renderModulePage({ ...timeModule, isListed: false })).not.toContain('id="documents"')
  })

  it('leaves out clients that cannot reach a loopback address', () => {
    const local = { ...timeModule, connectorUrl: 'http://127.0.0.1:8787/time/mcp' }
    expect(renderModulePage(timeModule)).toContain('<summary>Claude</summary>')
    expect(renderModulePage(timeModule)).not.toContain('need a deployed copy')
    expect(renderModulePage(local)).not.toMatch(/<summary>(Claude|ChatGPT)</)
    expect(renderModulePage(local)).toContain('need a deployed copy')
  })
})

describe('the notice page', () => {
  const message = 'No page has this address.'

  it('says what happened and what to do, with settings set as code', () => {
    const remedy = 'Set `PUBLIC_ORIGIN`.\n\nThen deploy again.'
    const html = renderNoticePage({ title: 'Not ready', message, remedy })
    expect(html).toContain('<h1>Not ready</h1>')
    expect(html).toContain(message)
    expect(html).toContain('<p>Set <code>PUBLIC_ORIGIN</code>.</p><p>Then deploy again.</p>')
  })

  it('leaves the remedy out where there is none', () => {
    expect(renderNoticePage({ title: 'Not found', message })).not.toContain('What to do')
  })
})
