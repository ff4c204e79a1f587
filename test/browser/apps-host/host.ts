/**
 * A host of MCP Apps, as the page of a chat would be one: the official client, and the bridge of the
 * extension's own package. Runs in the browser; tests reach it as `window.host`.
 *
 * @module
 */
import {
  Client,
  type ClientOptions,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client'
import {
  AppBridge,
  getToolUiResourceUri,
  isToolVisibilityAppOnly,
  type McpUiHostContext,
  PostMessageTransport,
} from '@modelcontextprotocol/ext-apps/app-bridge'

/** What the host says of itself: of the extension's variables, as many as it likes. */
export interface Context {
  theme: 'light' | 'dark'
  styles?: { variables: Record<string, string> }
}

export interface Opening {
  connectorUrl: string
  accessToken: string
  mode: 'legacy' | { pin: string }
  /** Of another origin, and answered with the policy that the app's metadata asks for. */
  sandboxUrl: string
  tool: string
  args: Record<string, unknown>
  context: Context
  /** What the host can do for an app; calling tools unless given. */
  capabilities?: { serverTools?: object }
}

export interface Opened {
  /** Tools as the host offers them to the model. */
  modelTools: string[]
  app: { name: string; version: string } | undefined
  /** Messages from the app to the host, by method; results are not among them. */
  heard: string[]
  sizes: { width?: number | undefined; height?: number | undefined }[]
  problems: string[]
}

export interface Host {
  open(opening: Opening): Promise<void>
  change(context: Context): void
  /** Asks the app to make ready for its end, as before its frame is removed. */
  tearDown(): Promise<void>
  readonly opened: Opened
}

const MIME_TYPE = 'text/html;profile=mcp-app'
const opened: Opened = { modelTools: [], app: undefined, heard: [], sizes: [], problems: [] }
let bridge: AppBridge | undefined

async function connect({ connectorUrl, accessToken, mode }: Opening): Promise<Client> {
  const options: ClientOptions = {
    capabilities: { extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: [MIME_TYPE] } } },
    versionNegotiation: { mode },
  }
  const client = new Client({ name: 'apps-host', version: '1.0.0' }, options)
  const headers = { authorization: `Bearer ${accessToken}` }
  await client.connect(
    new StreamableHTTPClientTransport(new URL(connectorUrl), { requestInit: { headers } }),
  )
  return client
}

async function open(opening: Opening): Promise<void> {
  const { tool: name, args, sandboxUrl, context, capabilities = { serverTools: {} } } = opening
  const client = await connect(opening)
  const { tools } = await client.listTools()
  opened.modelTools = tools.filter((tool) => !isToolVisibilityAppOnly(tool)).map((it) => it.name)
  const tool = tools.find((it) => it.name === name)
  const uri = tool && getToolUiResourceUri(tool)
  if (!uri) throw new Error(`${name} has no app`)
  const [part] = (await client.readResource({ uri })).contents
  if (!part || !('text' in part) || part.mimeType !== MIME_TYPE) throw new Error('no app there')
  const html = part.text

  const frame = document.createElement('iframe')
  frame.title = 'Ticket board'
  frame.sandbox.add('allow-scripts', 'allow-same-origin')
  document.querySelector('main')?.append(frame)
  if (!frame.contentWindow) throw new Error('the frame has no window')
  window.addEventListener('message', ({ source, data }) => {
    if (source === frame.contentWindow && data.method) opened.heard.push(data.method)
  })

  const made = new AppBridge(client, { name: 'apps-host', version: '1.0.0' }, capabilities, {
    hostContext: context as McpUiHostContext, // whose type asks for every variable
  })
  made.onerror = (error) => opened.problems.push(error.message)
  made.addEventListener('sandboxready', () => void made.sendSandboxResourceReady({ html }))
  made.addEventListener('sizechange', (size) => {
    opened.sizes.push(size)
    if (size.height !== undefined) frame.style.height = `${size.height}px`
  })
  const initialized = new Promise<void>((resolve) =>
    made.addEventListener('initialized', () => resolve()),
  )
  await made.connect(new PostMessageTransport(frame.contentWindow, frame.contentWindow))
  frame.src = sandboxUrl
  await initialized
  bridge = made
  opened.app = made.getAppVersion()

  await made.sendToolInput({ arguments: args })
  await made.sendToolResult(await client.callTool({ name, arguments: args }))
}

declare global {
  interface Window {
    host: Host
  }
}

window.host = {
  open,
  opened,
  change: (context) => bridge?.setHostContext(context as McpUiHostContext),
  async tearDown() {
    await bridge?.teardownResource({})
  },
}

export default {}
