/** What `npm start` prints once the Worker answers: each module and how to connect to it. @module */

import * as z from 'zod'

/** The part of `GET /modules.json` that is printed. */
export const ModuleList = z.object({
  modules: z.array(
    z.object({
      name: z.string(),
      title: z.string(),
      access: z.string(),
      /** Path of the MCP endpoint, such as `/time/mcp`. */
      url: z.string(),
      tools: z.array(z.object({ name: z.string() })),
    }),
  ),
})
export type ModuleSummary = z.output<typeof ModuleList>['modules'][number]

/** What else would make people look for a password. */
const ANY_NAME = '  (sign in with any name: this machine takes your word)'

/** One block of lines per module, each line ready to be pasted into a shell or a settings file. */
export function connectHelp(origin: string, modules: ModuleSummary[]): string {
  return modules.map((module) => moduleHelp(origin, module)).join('\n')
}

function moduleHelp(origin: string, { name, title, access, url: path, tools }: ModuleSummary) {
  const url = new URL(path, origin).href
  const rows: [string, string][] = [
    ['Connector URL', url],
    ['Tools', tools.map((tool) => tool.name).join(', ') || 'none'],
    ['Try it by hand', `${origin}/${name}/try${access === 'public' ? '' : ANY_NAME}`],
    ['Claude Code', `claude mcp add --transport http ${name} ${url}`],
    ['Cursor', `.cursor/mcp.json  ${JSON.stringify({ mcpServers: { [name]: { url } } })}`],
    ['VS Code', `code --add-mcp '${JSON.stringify({ name, type: 'http', url })}'`],
    ['MCP Inspector', `npx @modelcontextprotocol/inspector --transport http --server-url ${url}`],
    ['Hosts with stdio only', `npx mcp-remote ${url}`],
  ]
  const width = Math.max(...rows.map(([label]) => label.length)) + 2
  return [
    `${title} (${name}, ${access})`,
    ...rows.map(([label, value]) => `  ${label.padEnd(width)}${value}`),
    '',
  ].join('\n')
}
