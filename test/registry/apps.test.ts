import { describe, expect, it } from 'vitest'
import { createRegistry, RegistryError } from '../../src/registry'
import {
  type AppCsp,
  type AppOptions,
  defineApp,
  defineResource,
  defineResourceTemplate,
  defineServer,
  defineTool,
  type ServerOptions,
  type ToolUi,
} from '../../src/sdk'

const app = (over: Partial<AppOptions> = {}) =>
  defineApp({
    name: 'board',
    description: 'For tests.',
    uri: 'ui://lab/board',
    html: '<!doctype html><title>Board</title>',
    ...over,
  })
const tool = (name: string, ui?: ToolUi, _meta?: Record<string, unknown>) =>
  defineTool({
    name,
    description: 'For tests.',
    ...(ui && { ui }),
    ...(_meta && { _meta }),
    run: () => 'x',
  })

function problemsOf(options: Partial<ServerOptions>): readonly string[] {
  try {
    createRegistry([defineServer({ name: 'lab', version: '1.0.0', access: 'public', ...options })])
    return []
  } catch (error) {
    if (error instanceof RegistryError) return error.problems
    throw error
  }
}

const ofApp = (over: Partial<AppOptions>) =>
  problemsOf({ tools: [tool('show', { app: app(over) })] })
const at = (field: string) => `servers/lab/index.ts: tools[0].${field}`

describe('an app is refused', () => {
  it.each(['https://lab.example/board', 'ui:board', 'ui://', 'ui://lab/{id}', 'ui://lab/a b', ''])(
    'X-20 at the address "%s"',
    (uri) => {
      expect(ofApp({ uri })).toEqual([
        at(`ui.app.uri "${uri}" must be ui:// and a path, such as ui://<module>/<app>`),
      ])
    },
  )

  it.each(['', '<p>Board</p>', 'board.html'])('X-20 whose document is %j', (html) => {
    expect(ofApp({ html })).toEqual([
      at('ui.app.html must be a whole document, which begins with <!doctype html>'),
    ])
  })

  it('that is longer than a result may be', () => {
    const html = '<!doctype html>'.padEnd(1024 * 1024 + 1)
    expect(ofApp({ html })).toEqual([
      at('ui.app.html has 1048577 characters; at most 1048576 are sent'),
    ])
  })

  it('with a name or an address that is taken', () => {
    const other = app({ html: '<!doctype html>other' })
    const tools = [tool('one', { app: app() }), tool('two', { app: other })]
    expect(problemsOf({ tools })).toEqual([
      'servers/lab/index.ts: tools[1].ui.app.name "board" is already taken by an earlier one',
      'servers/lab/index.ts: tools[1].ui.app.uri "ui://lab/board" is already taken by an earlier one',
    ])
  })

  it.each([
    [
      'connectDomains',
      '*',
      'must be https:// or wss:// and a host, with nothing after it but a port',
    ],
    ['connectDomains', 'http://api.acme.com', 'must be https:// or wss:// and a host'],
    ['connectDomains', 'https:', 'must be https:// or wss:// and a host'],
    ['connectDomains', 'https://*.acme.com', 'is a pattern, which only resourceDomains takes'],
    ['connectDomains', 'https://localhost:3000', 'is no name of the public internet'],
    ['connectDomains', 'https://10.0.0.1', 'is an address; name the host'],
    ['connectDomains', 'https://api.acme.com/v1', 'with nothing after it but a port'],
    ['connectDomains', 'https://api.acme.com/', 'with nothing after it but a port'],
    ['connectDomains', 'https://ada:secret@acme.com', 'with nothing after it but a port'],
    ['connectDomains', 'https://acme.com; script-src *', 'must be a host name in lower case'],
    ['connectDomains', 'https://ACME.com', 'must be a host name in lower case'],
    ['resourceDomains', 'wss://acme.com', 'must be https:// and a host'],
    ['resourceDomains', 'data:', 'must be https:// and a host'],
    ['resourceDomains', "'unsafe-eval'", 'must be https:// and a host'],
    ['resourceDomains', 'https://*', 'may have a "*" only as its whole first part'],
    ['resourceDomains', 'https://*.com', 'is no name of the public internet'],
    ['resourceDomains', 'https://cdn.*.acme.com', 'may have a "*" only as its whole first part'],
    ['frameDomains', 'https://*.acme.com', 'is a pattern, which only resourceDomains takes'],
    ['baseUriDomains', 'blob:', 'must be https:// and a host'],
  ])('X-23 whose %s has "%s"', (field, origin, problem) => {
    const problems = ofApp({ csp: { [field]: ['https://fine.acme.com', origin] } })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(at(`ui.app.csp.${field}[1] "${origin}" `))
    expect(problems[0]).toContain(problem)
  })

  it('with a field that is misspelt, which would get lost', () => {
    const csp = { connectDomain: ['https://api.acme.com'] } as AppCsp
    expect(ofApp({ csp, prefersBoarder: true } as Partial<AppOptions>)).toEqual([
      expect.stringContaining(at('ui.app.prefersBoarder is no field there is; there are: name,')),
      expect.stringContaining(at('ui.app.csp.connectDomain is no field there is; there are: conn')),
    ])
  })

  it('X-23 that asks for a permission there is none for', () => {
    expect(ofApp({ permissions: ['camera', 'bluetooth' as 'camera'] })).toEqual([
      at(
        'ui.app.permissions names "bluetooth"; there are: camera, microphone, geolocation, clipboardWrite',
      ),
    ])
  })

  it.each(['http://lab.example.com', 'a.claudemcpcontent.com/x', 'https://*.oaiusercontent.com'])(
    'X-23 for the domain "%s"',
    (domain) => {
      expect(ofApp({ domain }).join()).toContain(at(`ui.app.domain "${domain}" must be`))
    },
  )

  it('X-20 that only a tool of apps would show, which no host opens', () => {
    expect(problemsOf({ tools: [tool('show', { app: app(), visibility: ['app'] })] })).toEqual([
      at(
        'ui.app "board" is never shown: hosts open an app for what the model calls, and no tool for the model has it',
      ),
    ])
  })
})

describe('an app is taken', () => {
  it('X-23 with all that it may say', () => {
    const csp = {
      connectDomains: ['https://api.acme.com', 'wss://live.acme.com:8443'],
      resourceDomains: ['https://*.acme.com'],
      frameDomains: ['https://player.acme.com'],
      baseUriDomains: ['https://cdn.acme.com'],
    }
    const permissions = ['camera', 'microphone', 'geolocation', 'clipboardWrite'] as const
    for (const domain of ['a904.claudemcpcontent.com', 'https://lab.example.com']) {
      expect(ofApp({ csp, permissions, domain, prefersBorder: false })).toEqual([])
    }
  })

  it('from several tools, once', () => {
    const board = app()
    const tools = [
      tool('show', { app: board }),
      tool('again', { app: board, visibility: ['model', 'app'] }),
      tool('refresh', { app: board, visibility: ['app'] }),
      tool('report', { visibility: ['model'] }),
    ]
    expect(problemsOf({ tools })).toEqual([])
  })
})

describe('a tool is refused', () => {
  it.each([
    [[], 'is empty, so nobody could call it'],
    [['model', 'user'], 'names "user"; there are: model, app'],
  ])('X-21 with the visibility %j', (visibility, problem) => {
    const ui = { app: app(), visibility: visibility as ['model'] }
    const problems = problemsOf({ tools: [tool('show', { app: app() }), tool('x', ui)] })
    expect(problems).toContain(`servers/lab/index.ts: tools[1].ui.visibility ${problem}`)
  })

  it('X-21 whose visibility is misspelt, so that it would be for everybody', () => {
    expect(problemsOf({ tools: [tool('move', { visiblity: ['app'] } as ToolUi)] })).toEqual([
      at('ui.visiblity is no field there is; there are: app, visibility'),
    ])
  })

  it('X-21 for apps only, where no app is', () => {
    expect(problemsOf({ tools: [tool('move', { visibility: ['app'] })] })).toEqual([
      at(
        'ui.visibility leaves the tool to apps, and the module has none that a tool for the model shows',
      ),
    ])
  })

  it.each([
    [{ ui: { resourceUri: 'ui://lab/gone' } }, '_meta.ui is written for you'],
    [{ 'ui/resourceUri': 'ui://lab/board' }, '_meta["ui/resourceUri"] is deprecated'],
  ])('X-21 that names its app by hand, so that it may not be there: %j', (meta, problem) => {
    expect(problemsOf({ tools: [tool('show', undefined, meta)] }).join()).toContain(at(problem))
  })
})

describe('a resource is refused', () => {
  const read = () => ''
  it.each([
    [{ uri: 'ui://lab/board' }, 'resources[0].uri "ui://lab/board" is an address of apps'],
    [
      { uri: 'lab://board', mimeType: 'text/html; profile=mcp-app' },
      'resources[0].mimeType "text/html; profile=mcp-app" is that of apps',
    ],
  ])('X-20 that is an app in all but the definition: %j', (over, problem) => {
    const resource = defineResource({ name: 'r', description: 'For tests.', read, ...over })
    expect(problemsOf({ resources: [resource] })).toEqual([
      `servers/lab/index.ts: ${problem}; use defineApp`,
    ])
  })

  it('X-20 as a template of apps', () => {
    const template = defineResourceTemplate({
      name: 't',
      description: 'For tests.',
      uriTemplate: 'ui://lab/{id}',
      read,
    })
    expect(problemsOf({ resourceTemplates: [template] })).toEqual([
      'servers/lab/index.ts: resourceTemplates[0].uriTemplate "ui://lab/{id}" is an address of apps; use defineApp',
    ])
  })
})
