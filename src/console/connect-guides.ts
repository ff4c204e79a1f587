import type { ModuleView } from './views'

/** How one client is pointed at a module: steps in words, then what to copy or open. */
export interface ConnectGuide {
  id: string
  client: string
  steps: string
  /** Opens the client itself, which asks before it adds anything. */
  install?: { label: string; href: string }
  snippet?: { label: string; text: string }
}

/** Guides for one module, ordered by how likely a reader is to need them. */
export function connectGuides({ name, connectorUrl, access }: ModuleView): ConnectGuide[] {
  const signsIn = access === 'authenticated'
  const remoteEntry = { type: 'http', url: connectorUrl }
  const guides: ConnectGuide[] = [
    {
      id: 'claude-code',
      client: 'Claude Code',
      steps: signsIn
        ? `Run this in a terminal. Then type \`/mcp\` in Claude Code and choose \`${name}\` to sign in.`
        : 'Run this in a terminal. The tools are there the next time Claude Code starts.',
      snippet: {
        label: 'command for Claude Code',
        text: `claude mcp add --transport http ${shellWord(name)} ${shellWord(connectorUrl)}`,
      },
    },
    {
      id: 'cursor',
      client: 'Cursor',
      steps: 'Choose “Add to Cursor”, or add this to `~/.cursor/mcp.json` yourself.',
      install: { label: 'Add to Cursor', href: cursorLink(name, connectorUrl) },
      snippet: {
        label: 'configuration for Cursor',
        text: JSON.stringify({ mcpServers: { [name]: { url: connectorUrl } } }, null, 2),
      },
    },
    {
      id: 'vs-code',
      client: 'VS Code',
      steps: 'Choose “Add to VS Code”, or run this in a terminal.',
      install: { label: 'Add to VS Code', href: vsCodeLink({ name, ...remoteEntry }) },
      snippet: {
        label: 'command for VS Code',
        // Double quotes with escapes are the one form that POSIX shells and cmd.exe both take.
        text: `code --add-mcp ${JSON.stringify(JSON.stringify({ name, ...remoteEntry }))}`,
      },
    },
    {
      id: 'inspector',
      client: 'MCP Inspector',
      steps: 'Look at the tools and try them by hand. Run this in a terminal.',
      snippet: {
        label: 'command for MCP Inspector',
        text: `npx @modelcontextprotocol/inspector --transport http --server-url ${shellWord(connectorUrl)}`,
      },
    },
    {
      id: 'mcp-remote',
      client: 'Other clients, with mcp-remote',
      steps:
        'For a client that can only start local programs: `mcp-remote` runs on your computer and passes everything on. Add this to the client’s configuration.',
      snippet: {
        label: 'configuration for mcp-remote',
        text: JSON.stringify(
          { mcpServers: { [name]: { command: 'npx', args: ['-y', 'mcp-remote', connectorUrl] } } },
          null,
          2,
        ),
      },
    },
  ]
  // These connect from their maker's servers, which cannot reach a platform on somebody's laptop.
  if (!connectorUrl.startsWith('https:')) return guides
  return [
    {
      id: 'apps',
      client: 'Claude and ChatGPT',
      steps: `In the app’s settings, open Connectors, add a custom connector and paste the connector URL.${signsIn ? ' You are then asked to sign in.' : ''}`,
    },
    ...guides,
  ]
}

function cursorLink(name: string, connectorUrl: string): string {
  const config = btoa(JSON.stringify({ url: connectorUrl }))
  return `cursor://anysphere.cursor-deeplink/mcp/install?${new URLSearchParams({ name, config })}`
}

function vsCodeLink(server: { name: string; type: string; url: string }): string {
  return `vscode:mcp/install?${encodeURIComponent(JSON.stringify(server))}`
}

/** Quoted only where a shell would read more into it, such as the brackets of an IPv6 host. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
