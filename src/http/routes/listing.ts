/**
 * What programs read of the modules before they connect, and proofs that this domain is its
 * operator's.
 *
 * @module
 */
import { oauthError } from '../../oauth'
import type { HostedServer, Registry } from '../../registry'
import { CARD_TYPE, CATALOGUE_TYPE, catalogue, registryEntry, serverCard } from '../listing'
import type { Services } from '../services'
import { taggedResponse } from '../tagged-response'

/** `/<module>/mcp/server-card`. Experimental (SEP-2127). @param listed As in the list of modules. */
export const showServerCard = (
  request: Request,
  module: string,
  listed: Registry,
  origin: string,
): Promise<Response> => ofModule(request, module, listed, origin, serverCard, CARD_TYPE)

/** `/<module>/server.json`, to be published in the MCP registry. */
export const showRegistryEntry = (
  request: Request,
  module: string,
  listed: Registry,
  origin: string,
): Promise<Response> => ofModule(request, module, listed, origin, registryEntry, 'application/json')

/** `/.well-known/ai-catalog.json`. Experimental. */
export const showCatalogue = (
  request: Request,
  listed: Registry,
  origin: string,
): Promise<Response> => publicDocument(request, catalogue(listed, origin), CATALOGUE_TYPE)

/**
 * The proof that a directory has asked for, by its path under `/.well-known/`; undefined for any
 * other path. The text is the setting and nothing else: who reads it compares it to the letter.
 */
export function domainProof(pathname: string, { config }: Services): Response | undefined {
  const { setting, text } = proofAt(pathname, config) ?? {}
  if (setting === undefined) return undefined
  if (text === undefined) return oauthError('not_found', `${setting} is not set here.`, 404)
  return new Response(text, {
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
  })
}

function proofAt(pathname: string, config: Services['config']) {
  switch (pathname) {
    case '/.well-known/openai-apps-challenge':
      return { setting: 'OPENAI_APPS_CHALLENGE', text: config.openAiAppsChallenge }
    case '/.well-known/mcp-registry-auth':
      return { setting: 'MCP_REGISTRY_AUTH', text: config.mcpRegistryAuth }
    default:
      return undefined
  }
}

async function ofModule(
  request: Request,
  name: string,
  listed: Registry,
  origin: string,
  describe: (server: HostedServer, origin: string) => object,
  type: string,
): Promise<Response> {
  const server = listed.get(name)
  if (server) return publicDocument(request, describe(server, origin), type)
  return oauthError('not_found', 'There is no such module here.', 404)
}

/** The same for everybody, whatever page asks for it. Caches may go without asking for an hour. */
function publicDocument(request: Request, document: object, type: string): Promise<Response> {
  const headers = new Headers({ 'content-type': type, 'cache-control': 'public, max-age=3600' })
  return taggedResponse(request, JSON.stringify(document, null, 2), headers)
}
