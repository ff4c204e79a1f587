/**
 * Settings, each parsed once. A value that makes no sense stops the Worker with a sentence, for a
 * platform that guesses at a security setting is worse than one that does not start.
 *
 * @module
 */

export interface Config {
  /** Keys and objects of one tenant are out of reach of another. */
  tenant: string
  /** The https origin clients connect to; none means only loopback is served. */
  publicOrigin: URL | undefined
  /** Browser origins allowed beside the own one, each as `scheme://host[:port]`. */
  allowedOrigins: ReadonlySet<string>
  /** Whose clients may come with a document for an id. */
  clientDomains: ClientDomains
  /** What OpenAI is to find at `/.well-known/openai-apps-challenge`. */
  openAiAppsChallenge: string | undefined
  /** What the MCP registry is to find at `/.well-known/mcp-registry-auth`. */
  mcpRegistryAuth: string | undefined
  /** Where every object lives, for good; none lets Cloudflare choose. */
  jurisdiction: Jurisdiction | undefined
  /** Whether this is a local copy: set by `npm start` and the test harness, never deployed. */
  local: boolean
}

/** Domains in lower case and ASCII, each with everything below it. */
export interface ClientDomains {
  /** None but these; undefined lets in all that are not denied. */
  allowed: readonly string[] | undefined
  denied: readonly string[]
}

const JURISDICTIONS = ['eu', 'us', 'fedramp'] as const
export type Jurisdiction = (typeof JURISDICTIONS)[number]

/** What the platform reads or is bound to itself; a module must not get hold of it by its own name. */
const PLATFORM_VARIABLES =
  /^(DB|TENANT|JURISDICTION|SETUP_CODE|METRICS|(PUBLIC|ALLOWED|DENIED|QUAYSIDE|DB|AUDIT|TEST|CF|CLOUDFLARE|WRANGLER)_.*|KEY_RING|MCP_SESSION|NOTIFICATION_HUB|CONTROL_STATE|USER_GRANTS|AUTH_TRANSACTIONS|REPLAY_GUARD|CALL_LEDGER)$/

/** Whether a variable is a setting or binding of the platform, or may become one. */
export const isPlatformVariable = (name: string): boolean => PLATFORM_VARIABLES.test(name)

/** A setting that cannot be used; the message names it and says what it takes. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** @throws {ConfigError} on the first setting that cannot be used. */
export function readConfig(env: object): Config {
  // Settings are optional, so the generated binding types do not know them all.
  const settings = env as Record<string, unknown>
  const text = (name: string): string | undefined => {
    const value = settings[name]
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
  }
  return {
    tenant: readTenant(text('TENANT')),
    publicOrigin: readPublicOrigin(text('PUBLIC_ORIGIN')),
    allowedOrigins: readAllowedOrigins(text('ALLOWED_ORIGINS')),
    clientDomains: {
      allowed: readDomains('ALLOWED_CLIENT_DOMAINS', text('ALLOWED_CLIENT_DOMAINS')),
      denied: readDomains('DENIED_CLIENT_DOMAINS', text('DENIED_CLIENT_DOMAINS')) ?? [],
    },
    openAiAppsChallenge: readChallenge(text('OPENAI_APPS_CHALLENGE')),
    mcpRegistryAuth: readRegistryAuth(text('MCP_REGISTRY_AUTH')),
    jurisdiction: readJurisdiction(text('JURISDICTION')),
    local: isLocal(env),
  }
}

/** Whether this is a local copy. */
export const isLocal = (env: object): boolean =>
  ['1', 'test'].includes(Reflect.get(env, 'QUAYSIDE_LOCAL'))

/**
 * Whether modules must have all their settings and secrets from the start. Their author is told at
 * once; tests of the platform run without anybody's secrets, and a deployed copy goes on without.
 */
export const requiresSettings = (env: object): boolean => Reflect.get(env, 'QUAYSIDE_LOCAL') === '1'

function readTenant(value = 'default'): string {
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(value)) {
    throw new ConfigError(`TENANT "${value}" must match [a-z0-9][a-z0-9-]{0,62}.`)
  }
  return value
}

function readPublicOrigin(value: string | undefined): URL | undefined {
  if (value === undefined) return undefined
  const url = URL.parse(value)
  // Anything beyond the origin, if only a "?", is a mistake somebody should hear of.
  if (!url || url.href !== `${url.origin}/` || url.protocol !== 'https:') {
    throw new ConfigError(
      `PUBLIC_ORIGIN "${value}" must be an https origin without a path, like https://mcp.example.com.`,
    )
  }
  return url
}

function readAllowedOrigins(value = ''): ReadonlySet<string> {
  const origins = value.split(/[\s,]+/).filter((part) => part !== '')
  for (const origin of origins) {
    // A URL parser takes "*" for a part of a name; as a pattern it would match nothing here.
    if (URL.parse(origin)?.origin !== origin.replace(/\/$/, '') || origin.includes('*')) {
      throw new ConfigError(
        `ALLOWED_ORIGINS holds "${origin}"; each entry is an origin like https://app.example.com.`,
      )
    }
  }
  return new Set(origins.map((origin) => origin.replace(/\/$/, '')))
}

function readDomains(name: string, value: string | undefined): readonly string[] | undefined {
  const entries = value?.split(/[\s,]+/).filter((part) => part !== '')
  return entries?.map((entry) => {
    const { href, hostname = '' } = URL.parse(`https://${entry}`) ?? {}
    // A path or port would be taken for more than the domain that is compared; a pattern for none.
    const isName = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(hostname)
    if (!isName || href !== `https://${hostname}/`) {
      throw new ConfigError(
        `${name} holds "${entry}"; each entry is a domain like example.com, which covers what is below it.`,
      )
    }
    return hostname
  })
}

function readChallenge(value: string | undefined): string | undefined {
  if (value !== undefined && !/^[\x21-\x7e]{1,1024}$/.test(value)) {
    throw new ConfigError('OPENAI_APPS_CHALLENGE must be the token alone, as OpenAI shows it.')
  }
  return value
}

function readRegistryAuth(value: string | undefined): string | undefined {
  if (
    value !== undefined &&
    !/^v=MCPv1; k=(?:ed25519|ecdsap384); p=[A-Za-z0-9+/]{40,128}={0,2}$/.test(value)
  ) {
    throw new ConfigError(
      'MCP_REGISTRY_AUTH must be the line that proves the domain, like "v=MCPv1; k=ed25519; p=…". It holds the public key, never the private one.',
    )
  }
  return value
}

function readJurisdiction(value: string | undefined): Jurisdiction | undefined {
  if (value === undefined) return undefined
  const known = JURISDICTIONS.find((jurisdiction) => jurisdiction === value)
  if (!known) {
    throw new ConfigError(`JURISDICTION "${value}" must be one of ${JURISDICTIONS.join(', ')}.`)
  }
  return known
}
