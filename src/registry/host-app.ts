/**
 * What start-up asks of apps (MCP Apps, 2026-01-26) and of the tools that show them, and how an app
 * becomes something that can be read.
 *
 * @module
 */
import { APP_MIME_TYPE, DEPRECATED_RESOURCE_URI } from '../protocol'
import {
  APP_PERMISSIONS,
  type AppDefinition,
  TOOL_VISIBILITIES,
  type ToolDefinition,
  type ToolUi,
} from '../sdk'
import { checkAppFields, checkToolUiFields } from './check-fields'
import { problemOfHost } from './check-outside'
import { checkChoices, type Report } from './checks'
import { describeItem } from './describe-item'
import { checkAddress, describeReadable } from './host-resource'
import type { HostedResource } from './hosted'
import { MAX_RESULT_LENGTH } from './limits'

const CSP_FIELDS = ['connectDomains', 'resourceDomains', 'frameDomains', 'baseUriDomains'] as const

/** @param addresses Those that are taken; the app's own is added. */
export function hostApp(
  app: AppDefinition,
  addresses: Set<string>,
  report: Report,
): HostedResource {
  const { uri, html, domain, cacheSeconds } = app
  checkAppFields(app, report)
  if (!/^ui:\/\/[^\s{}]+$/.test(uri) || !URL.canParse(uri)) {
    report('uri', `"${uri}" must be ui:// and a path, such as ui://<module>/<app>`)
  }
  checkAddress('uri', uri, addresses, report)
  if (!/^\s*<!doctype html>/i.test(html)) {
    report('html', 'must be a whole document, which begins with <!doctype html>')
  } else if (html.length > MAX_RESULT_LENGTH) {
    report('html', `has ${html.length} characters; at most ${MAX_RESULT_LENGTH} are sent`)
  }
  checkCsp(app, report)
  checkChoices('permissions', app.permissions ?? [], APP_PERMISSIONS, report)
  if (domain !== undefined) {
    // What form it has is the host's to say: some want a name, some an origin.
    const host = domain.replace(/^https:\/\//, '')
    const problem = host.startsWith('*') ? 'must be one host' : problemOfHost(host)
    if (problem) report('domain', `"${domain}" ${problem}`)
  }
  checkHandWritten(app._meta, report)

  const ui = describeUi(app)
  const _meta = Object.keys(ui).length > 0 ? { ...app._meta, ui } : app._meta
  const parts = [{ content: html, ...(_meta && { _meta }) }]
  return {
    definition: { ...app, mimeType: APP_MIME_TYPE, read: () => parts },
    description: {
      uri,
      ...describeItem(app),
      ...describeReadable({ mimeType: APP_MIME_TYPE, cacheSeconds }, report),
    },
  }
}

/** `_meta.ui` of an app, as hosts read it. */
const describeUi = ({ csp, permissions, domain, prefersBorder }: AppDefinition): object => ({
  ...(csp && { csp }),
  ...(permissions && { permissions: Object.fromEntries(permissions.map((name) => [name, {}])) }),
  ...(domain !== undefined && { domain }),
  ...(prefersBorder !== undefined && { prefersBorder }),
})

/** `_meta.ui` of a tool: the same for every client, so that lists can be shared. */
export const describeToolUi = ({ app, visibility }: ToolUi): object => ({
  ...(app && { resourceUri: app.uri }),
  ...(visibility && { visibility }),
})

/** What only hosts keep to has to be right: they refuse in silence, or let through too much. */
function checkCsp({ csp = {} }: AppDefinition, report: Report): void {
  for (const field of CSP_FIELDS) {
    for (const [index, origin] of (csp[field] ?? []).entries()) {
      const problem = problemOfOrigin(origin, field)
      if (problem) report(`csp.${field}[${index}]`, `"${origin}" ${problem}`)
    }
  }
}

function problemOfOrigin(origin: string, field: (typeof CSP_FIELDS)[number]): string | undefined {
  const schemes = field === 'connectDomains' ? 'https:// or wss://' : 'https://'
  const [, scheme, host] = /^(https|wss):\/\/([^/?#@:]+)(?::\d{1,5})?$/.exec(origin) ?? []
  if (host === undefined || (scheme === 'wss' && field !== 'connectDomains')) {
    return `must be ${schemes} and a host, with nothing after it but a port`
  }
  if (host.startsWith('*') && field !== 'resourceDomains') {
    return 'is a pattern, which only resourceDomains takes; name each host'
  }
  return problemOfHost(host)
}

/** What a tool says to hosts with an interface, apart from its app. */
export function checkToolUi({ ui, _meta }: ToolDefinition, report: Report): void {
  checkHandWritten(_meta, report)
  checkToolUiFields(ui ?? {}, (field, problem) => report(`ui.${field}`, problem))
  if (ui?.visibility?.length === 0) report('ui.visibility', 'is empty, so nobody could call it')
  checkChoices('ui.visibility', ui?.visibility ?? [], TOOL_VISIBILITIES, report)
}

/** An app that nothing opens, or a tool that no app is there to call, helps nobody. */
export function checkUse(tools: readonly ToolDefinition[], report: Report): void {
  const opened = new Set(
    tools.filter((tool) => isFor('model', tool)).flatMap(({ ui }) => ui?.app ?? []),
  )
  for (const [index, tool] of tools.entries()) {
    const { app } = tool.ui ?? {}
    if (app && !opened.has(app)) {
      report(
        `tools[${index}].ui.app`,
        `"${app.name}" is never shown: hosts open an app for what the model calls, and no tool for the model has it`,
      )
    } else if (!isFor('model', tool) && opened.size === 0) {
      report(
        `tools[${index}].ui.visibility`,
        'leaves the tool to apps, and the module has none that a tool for the model shows',
      )
    }
  }
}

const isFor = (whom: 'model' | 'app', { ui }: ToolDefinition): boolean =>
  ui?.visibility?.includes(whom) ?? true

function checkHandWritten(meta: Record<string, unknown> | undefined, report: Report): void {
  if (meta?.ui !== undefined) {
    report('_meta.ui', 'is written for you, from defineApp and from ui of a tool; say it there')
  }
  if (meta?.[DEPRECATED_RESOURCE_URI] !== undefined) {
    report(`_meta["${DEPRECATED_RESOURCE_URI}"]`, 'is deprecated; name the app in ui.app')
  }
}
