import type { ModuleView } from './views'

/**
 * How one client is pointed at a module: steps in words, a link that does most of it, what to copy.
 * The forms of links and files are those of the clients' own documentation, last looked up in
 * November 2026.
 */
export interface ConnectGuide {
  id: string
  client: string
  steps: string[]
  /** Opens the client itself, which asks before it adds anything. */
  install?: { label: string; href: string }
  snippets: { label: string; text: string }[]
}

/** Guides for one module, ordered by how likely a reader is to need them. */
export function connectGuides(module: ModuleView): ConnectGuide[] {
  const guides = [
    claudeCode(module),
    cursor(module),
    vsCode(module),
    geminiCli(module),
    inspector(module),
    mcpRemote(module),
  ]
  // These connect from their maker's servers, which cannot reach a platform on somebody's laptop.
  if (!module.connectorUrl.startsWith('https:')) return guides
  return [claude(module), chatGpt(module), ...guides]
}

const signsIn = ({ access }: ModuleView): boolean => access === 'authenticated'

function claude(module: ModuleView): ConnectGuide {
  const { title, connectorUrl } = module
  const query = new URLSearchParams({
    modal: 'add-custom-connector',
    connectorName: title,
    connectorUrl,
  })
  return {
    id: 'claude',
    client: 'Claude',
    steps: [
      'Choose “Add to Claude”: it opens with the name and the connector URL filled in. Without the link, go to “Customize”, then “Connectors”, and add a custom connector.',
      `Choose “Add”${signsIn(module) ? ', then “Connect”, and sign in here' : ''}. In a team, an owner of the organization adds it first.`,
      'It is there in Claude on the web, on the desktop and on the phone. Turn it on in a chat under “+”.',
    ],
    install: { label: 'Add to Claude', href: `https://claude.ai/customize/connectors?${query}` },
    snippets: [],
  }
}

function chatGpt(module: ModuleView): ConnectGuide {
  return {
    id: 'chatgpt',
    client: 'ChatGPT',
    steps: [
      'Choose “Open ChatGPT”, then the plus and “Add custom MCP server”. In a workspace, an admin allows it first.',
      `Name it, paste the connector URL as its server URL, and choose ${signsIn(module) ? '“OAuth”' : '“No authentication”'}.`,
      `Confirm that you trust it and choose “Create as a plugin”.${signsIn(module) ? ' You are then asked to sign in here.' : ''}`,
    ],
    install: { label: 'Open ChatGPT', href: 'https://chatgpt.com/plugins' },
    snippets: [{ label: 'server URL for ChatGPT', text: module.connectorUrl }],
  }
}

function claudeCode(module: ModuleView): ConnectGuide {
  const { name, connectorUrl } = module
  return {
    id: 'claude-code',
    client: 'Claude Code',
    steps: [
      'Run this in a terminal; without `--scope user` it is added to the current project only.',
      signsIn(module)
        ? `Type \`/mcp\` in Claude Code and choose \`${name}\` to sign in.`
        : 'The tools are there the next time Claude Code starts.',
    ],
    snippets: [
      {
        label: 'command for Claude Code',
        text: `claude mcp add --transport http --scope user ${shellWord(name)} ${shellWord(connectorUrl)}`,
      },
    ],
  }
}

function cursor(module: ModuleView): ConnectGuide {
  const { name, connectorUrl } = module
  const config = btoa(JSON.stringify({ url: connectorUrl }))
  const query = new URLSearchParams({ name, config })
  return {
    id: 'cursor',
    client: 'Cursor',
    steps: [
      'Choose “Add to Cursor”, or add this to `~/.cursor/mcp.json` yourself.',
      ...(signsIn(module) ? ['Cursor shows that it needs a sign-in: choose “Connect”.'] : []),
    ],
    install: {
      label: 'Add to Cursor',
      href: `cursor://anysphere.cursor-deeplink/mcp/install?${query}`,
    },
    snippets: [
      {
        label: 'configuration for Cursor',
        text: json({ mcpServers: { [name]: { url: connectorUrl } } }),
      },
    ],
  }
}

function vsCode(module: ModuleView): ConnectGuide {
  const { name, connectorUrl } = module
  const server = JSON.stringify({ name, type: 'http', url: connectorUrl })
  return {
    id: 'vs-code',
    client: 'VS Code',
    steps: [
      'Choose “Add to VS Code”, or run the command in a terminal. For everybody who works on a project, put the configuration into its `.vscode/mcp.json`.',
      ...(signsIn(module) ? ['VS Code opens a browser for you to sign in.'] : []),
    ],
    install: {
      label: 'Add to VS Code',
      href: `vscode:mcp/install?${encodeURIComponent(server)}`,
    },
    snippets: [
      {
        label: 'command for VS Code',
        // Double quotes with escapes are the one form that POSIX shells and cmd.exe both take.
        text: `code --add-mcp ${JSON.stringify(server)}`,
      },
      {
        label: 'configuration for VS Code',
        text: json({ servers: { [name]: { type: 'http', url: connectorUrl } } }),
      },
    ],
  }
}

function geminiCli(module: ModuleView): ConnectGuide {
  const { name, connectorUrl } = module
  return {
    id: 'gemini-cli',
    client: 'Gemini CLI',
    steps: [
      'Run the command in a terminal, or add the configuration to `~/.gemini/settings.json`.',
      signsIn(module)
        ? `Type \`/mcp auth ${name}\` in Gemini CLI to sign in.`
        : 'The tools are there the next time Gemini CLI starts.',
    ],
    snippets: [
      {
        label: 'command for Gemini CLI',
        text: `gemini mcp add --transport http --scope user ${shellWord(name)} ${shellWord(connectorUrl)}`,
      },
      {
        label: 'configuration for Gemini CLI',
        // `url` would mean the transport with server-sent events of before 2025.
        text: json({ mcpServers: { [name]: { httpUrl: connectorUrl } } }),
      },
    ],
  }
}

const inspector = ({ connectorUrl }: ModuleView): ConnectGuide => ({
  id: 'inspector',
  client: 'MCP Inspector',
  steps: ['Look at the tools and try them by hand. Run this in a terminal.'],
  snippets: [
    {
      label: 'command for MCP Inspector',
      text: `npx @modelcontextprotocol/inspector --transport http --server-url ${shellWord(connectorUrl)}`,
    },
  ],
})

const mcpRemote = ({ name, connectorUrl }: ModuleView): ConnectGuide => ({
  id: 'mcp-remote',
  client: 'Other clients, with mcp-remote',
  steps: [
    'For a client that can only start local programs: `mcp-remote` runs on your computer and passes everything on. Add this to the client’s configuration.',
  ],
  snippets: [
    {
      label: 'configuration for mcp-remote',
      text: json({
        mcpServers: { [name]: { command: 'npx', args: ['-y', 'mcp-remote', connectorUrl] } },
      }),
    },
  ],
})

const json = (value: unknown): string => JSON.stringify(value, null, 2)

/** Quoted only where a shell would read more into it, such as the brackets of an IPv6 host. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
