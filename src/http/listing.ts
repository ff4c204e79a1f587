/**
 * What directories and clients read of a module before they connect: the server card and the
 * domain's catalogue (both experimental), and `server.json` of the MCP registry (a preview). All of
 * it is public and made of the module's own definition, so that it cannot say anything else than
 * the module does.
 *
 * @module
 */
import { isLoopbackHost } from '../oauth'
import { type Icon, revisionsOf } from '../protocol'
import type { HostedServer, Registry } from '../registry'

export const CARD_TYPE = 'application/mcp-server-card+json'
export const CATALOGUE_TYPE = 'application/ai-catalog+json'

const CARD_SCHEMA = 'https://static.modelcontextprotocol.io/schemas/v1/server-card.schema.json'
const REGISTRY_SCHEMA =
  'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json'

/** The longest title and description that both schemas take. */
const MAX_TEXT_CHARACTERS = 100
/** The longest address of an icon that the registry takes. */
const MAX_ICON_CHARACTERS = 255
const ICON_TYPES = ['image/png', 'image/jpeg', 'image/jpg', 'image/svg+xml', 'image/webp']

export const connectorUrl = (module: string, origin: string): string => `${origin}/${module}/mcp`

/**
 * A module's server card (SEP-2127): who it is and how to connect, nothing of what it can do. Its
 * part after the slash is what `serverInfo` calls the module.
 */
export function serverCard(server: HostedServer, origin: string): object {
  const { icons } = server.info
  return {
    $schema: CARD_SCHEMA,
    ...identity(server, origin),
    ...(icons && icons.length > 0 && { icons }),
    remotes: [
      {
        ...remote(server, origin),
        supportedProtocolVersions: revisionsOf(server.definition.eras),
      },
    ],
  }
}

/** A module's entry in the MCP registry, as `mcp-publisher` sends it. */
export function registryEntry(server: HostedServer, origin: string): object {
  const icons = server.info.icons?.filter(isIconForRegistry)
  return {
    $schema: REGISTRY_SCHEMA,
    ...identity(server, origin),
    ...(icons && icons.length > 0 && { icons }),
    remotes: [remote(server, origin)],
  }
}

/** The domain's catalogue (AI Catalog 1.0): where the card of each module is. */
export function catalogue(registry: Registry, origin: string): object {
  const { hostname } = new URL(origin)
  return {
    specVersion: '1.0',
    host: { displayName: hostname },
    entries: [...registry.values()].map(({ info }) => ({
      identifier: `urn:air:${publisher(hostname)}:mcp:${info.name}`,
      displayName: info.title ?? info.name,
      type: CARD_TYPE,
      url: `${connectorUrl(info.name, origin)}/server-card`,
    })),
  }
}

function identity({ info }: HostedServer, origin: string) {
  const { name, version, title, description, websiteUrl } = info
  const page = `${origin}/${name}`
  return {
    name: `${reversed(new URL(origin).hostname)}/${name}`,
    title: shortened(title ?? name),
    description: shortened(firstSentence(description ?? '') || `Tools of ${title ?? name}`),
    version,
    websiteUrl: isWebAddress(websiteUrl) ? websiteUrl : page,
  }
}

const remote = ({ info }: HostedServer, origin: string) => ({
  type: 'streamable-http',
  url: connectorUrl(info.name, origin),
})

/** `com.example.mcp` of `mcp.example.com`; who proves the domain may publish under it. */
const reversed = (hostname: string): string => publisher(hostname).split('.').reverse().join('.')

/** A name, where the host has one: numbers are nobody's name, and only a local copy goes by them. */
const publisher = (hostname: string): string => (isLoopbackHost(hostname) ? 'localhost' : hostname)

/** What the description opens with: authors go on for paragraphs, and the schemas do not. */
function firstSentence(description: string): string {
  const [paragraph = ''] = description.trim().split(/\n\s*\n/)
  const words = paragraph.replaceAll('`', '').replace(/\s+/g, ' ')
  return words.length <= MAX_TEXT_CHARACTERS ? words : (/^.+?[.!?](?=\s)/.exec(words)?.[0] ?? words)
}

function shortened(text: string): string {
  const characters = [...text]
  if (characters.length <= MAX_TEXT_CHARACTERS) return text
  const start = characters.slice(0, MAX_TEXT_CHARACTERS - 2).join('')
  // To the last whole word, unless the text has no spaces to cut at.
  return `${start.replace(/\s\S*$/, '')} …`
}

const isWebAddress = (url: string | undefined): url is string =>
  /^https?:$/.test(URL.parse(url ?? '')?.protocol ?? '')

/** The registry takes no `data:` URL, and of the types only those of pictures it knows. */
const isIconForRegistry = ({ src, mimeType }: Icon): boolean =>
  /^https:/i.test(src) &&
  src.length <= MAX_ICON_CHARACTERS &&
  (mimeType === undefined || ICON_TYPES.includes(mimeType))
