/** What `npm run deploy` prints at its end: addresses, and what to do with them where. @module */
import type { ModuleSummary } from '../connect-help.ts'

/**
 * By client, in the words of its menus. These change often: they were last compared with what
 * Anthropic and OpenAI publish in November 2026. docs/deploy.md and docs/clients.md say the same.
 */
const STEPS: [client: string, steps: string[]][] = [
  [
    'Claude, on the web (claude.ai) and in the desktop app, which share one list',
    [
      'Open Customize → Connectors (before: Settings → Connectors).',
      'Choose + and "Add custom connector". In a Team or Enterprise plan an owner does this first, under Organization settings → Connectors.',
      'Give it a name, paste the connector URL, leave the advanced settings empty, choose Add.',
      'Choose Connect, sign in and allow what you want it to do.',
      'In a chat, switch it on under + → Connectors.',
    ],
  ],
  [
    'ChatGPT, on the web (chatgpt.com)',
    [
      'Open chatgpt.com/plugins, choose + and "Add custom MCP server". In a workspace an admin allows it first. (Before: Settings → Apps → Advanced settings → Developer mode, then Create app.)',
      'Give it a name and paste the connector URL as server URL.',
      'Authentication: OAuth, or "No authentication" for a public module.',
      'Confirm that you understand the risk, choose "Create as a plugin", sign in and allow what you want it to do.',
      'In a chat, choose it under +.',
    ],
  ],
]

/** @param modules As the deployed copy lists them, or their names when it could not be asked. */
export function nextSteps(origin: string, modules: readonly (ModuleSummary | string)[]): string {
  const rows = modules.map((module): [string, string] =>
    typeof module === 'string'
      ? [module, `${origin}/${module}/mcp`]
      : [`${module.title} (${module.access})`, new URL(module.url, origin).href],
  )
  const width = Math.max(0, ...rows.map(([label]) => label.length)) + 2
  return [
    'Connector URLs',
    ...rows.map(([label, url]) => `  ${label.padEnd(width)}${url}`),
    ...STEPS.flatMap(([client, steps]) => [
      '',
      client,
      ...steps.map((step, index) => `  ${index + 1}. ${step}`),
    ]),
    '',
    `Other clients: ${origin}/<module> has a page for each module. If one does not connect:`,
    `  npm run doctor -- ${rows[0]?.[1] ?? `${origin}/<module>/mcp`}`,
  ].join('\n')
}
