import { describe, expect, it } from 'vitest'
import {
  renderHomePage,
  renderModulePage,
  renderNoticePage,
  renderPlaygroundPage,
} from '../../src/console'
import { HOSTILE_TEXTS, moduleOf, playground, timeModule } from './fixture'
import { escaped, tagsOf } from './markup'

const ORIGIN = 'https://mcp.example.com'

describe.each([
  {
    page: 'the home page',
    render: (text: string) => renderHomePage({ origin: ORIGIN, modules: [moduleOf(text)] }),
    plain: renderHomePage({ origin: ORIGIN, modules: [moduleOf('text')] }),
  },
  {
    page: 'the module page',
    render: (text: string) => renderModulePage(moduleOf(text)),
    plain: renderModulePage(moduleOf('text')),
  },
  {
    page: 'the playground',
    render: (text: string) => renderPlaygroundPage({ ...playground, module: moduleOf(text) }),
    plain: renderPlaygroundPage({ ...playground, module: moduleOf('text') }),
  },
  {
    page: 'the notice page',
    render: (text: string) => renderNoticePage({ title: text, message: text, remedy: text }),
    plain: renderNoticePage({ title: 'text', message: 'text', remedy: 'text' }),
  },
])('$page', ({ render, plain }) => {
  it.each(HOSTILE_TEXTS)('shows %j as text', (text) => {
    const html = render(text)
    // Escaping is right when hostile text adds no tag and no attribute to those that are there.
    expect(tagsOf(html)).toEqual(tagsOf(text.includes('`') ? render('`text`') : plain))
    expect(html).toContain(escaped(text.replaceAll('`', '')))
  })

  it('keeps text in other scripts, bidirectional and combined characters as they are', () => {
    const text = '時間 الوقت \u202Eemit\u202C e\u0301 👩‍🚀'
    expect(render(text)).toContain(text)
  })
})

describe('the module page', () => {
  it('keeps quotes of a module name inside the words of a command', () => {
    const html = renderModulePage({ ...timeModule, name: "a'; rm -rf ~ #" })
    expect(html).toContain(escaped(`user 'a'\\''; rm -rf ~ #' https://mcp.example.com/time/mcp`))
  })

  it('quotes a connector URL whose host a shell would expand', () => {
    const html = renderModulePage({ ...timeModule, connectorUrl: 'http://[::1]:8787/time/mcp' })
    expect(html).toContain(escaped(`user time 'http://[::1]:8787/time/mcp'`))
  })
})
