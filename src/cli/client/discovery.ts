/** From a connector URL to the endpoints of its authorization server, as clients find them. @module */
import * as z from 'zod'
import { describe, readJson, refuseForeign } from './answer.ts'
import { Fault } from './fault.ts'
import type { Answer, Wire } from './wire.ts'

export const ResourceMetadata = z.object({
  resource: z.string(),
  authorization_servers: z.array(z.string()).min(1),
  scopes_supported: z.array(z.string()).optional(),
})
export type ResourceMetadata = z.output<typeof ResourceMetadata>

export const ServerMetadata = z.object({
  issuer: z.string(),
  authorization_endpoint: z.string(),
  token_endpoint: z.string(),
  registration_endpoint: z.string().optional(),
  revocation_endpoint: z.string().optional(),
  scopes_supported: z.array(z.string()).default([]),
  code_challenge_methods_supported: z.array(z.string()).default([]),
  grant_types_supported: z.array(z.string()).default(['authorization_code']),
  token_endpoint_auth_methods_supported: z.array(z.string()).default(['client_secret_basic']),
  authorization_response_iss_parameter_supported: z.boolean().default(false),
  client_id_metadata_document_supported: z.boolean().default(false),
})
export type ServerMetadata = z.output<typeof ServerMetadata>

/** What a 401 or 403 says in `WWW-Authenticate`. */
export interface Challenge {
  resourceMetadata: string | undefined
  scope: string[] | undefined
  error: string | undefined
}

/** The Bearer challenge of an answer; undefined when there is none. */
export function readChallenge({ headers }: Answer): Challenge | undefined {
  const header = headers.get('www-authenticate') ?? ''
  if (!/(^|,)\s*Bearer(\s|$)/i.test(header)) return undefined
  const of = (name: string) =>
    new RegExp(`(?:^|[\\s,])${name}="((?:[^"\\\\]|\\\\.)*)"`, 'i').exec(header)?.[1]
  return {
    resourceMetadata: of('resource_metadata'),
    scope: of('scope')
      ?.split(' ')
      .filter((scope) => scope !== ''),
    error: of('error'),
  }
}

/** Where clients look for a resource's document (RFC 9728 §3.1), `path` and `root`. */
export function resourceMetadataUrls(connector: URL): { path: string; root: string } {
  const root = `${connector.origin}/.well-known/oauth-protected-resource`
  return { path: `${root}${connector.pathname}`, root }
}

/** Where clients look for an authorization server's document (RFC 8414 §3, OIDC Discovery §4). */
export function serverMetadataUrls(issuer: URL): { oauth: string; openid: string } {
  const path = issuer.pathname.replace(/\/+$/, '')
  const at = (name: string) => `${issuer.origin}/.well-known/${name}${path}`
  return { oauth: at('oauth-authorization-server'), openid: at('openid-configuration') }
}

/** @throws {Fault} */
export async function fetchResourceMetadata(
  wire: Wire,
  url: string,
  headers: Record<string, string>,
  limit: number,
): Promise<ResourceMetadata> {
  const what = 'protected resource metadata'
  const answer = await wire.send(url, { headers, limit, what })
  return readJson(answer, ResourceMetadata, {
    what,
    advice:
      'Serve /.well-known/oauth-protected-resource/<module>/mcp as JSON (RFC 9728). Is the module ' +
      'behind a route that does not reach the Worker?',
  })
}

/** @throws {Fault} */
export async function fetchServerMetadata(
  wire: Wire,
  url: string,
  headers: Record<string, string>,
  limit: number,
): Promise<ServerMetadata> {
  const what = 'authorization server metadata'
  const answer = await wire.send(url, { headers, limit, what })
  return readJson(answer, ServerMetadata, {
    what,
    advice: 'Serve it as JSON at /.well-known/oauth-authorization-server (RFC 8414).',
  })
}

/** Refuses a document that is not about this resource or not of this server. @throws {Fault} */
export function checkResource({ resource }: ResourceMetadata, connector: URL): void {
  if (resource === connector.href) return
  const slash = resource.replace(/\/$/, '') === connector.href.replace(/\/$/, '')
  throw new Fault(
    `The metadata is for another resource: it says "${resource}", the connector URL is "${connector.href}".`,
    slash
      ? 'They differ by the slash at the end. Repeat the URL as it was asked for; clients compare letter by letter.'
      : 'resource must be the connector URL to the letter. Behind a proxy, see that the platform ' +
          'knows the address clients use (PUBLIC_ORIGIN).',
  )
}

/** The first authorization server, which must be on the same host. @throws {Fault} */
export function authorizationServerOf(document: ResourceMetadata, connector: URL): URL {
  const [first = ''] = document.authorization_servers
  const issuer = URL.parse(first)
  if (!issuer) throw new Fault(`authorization_servers names no URL: "${first}".`)
  if (issuer.origin !== connector.origin) {
    throw new Fault(
      `The authorization server is on another host: ${first}.`,
      `Name ${connector.origin}: clients handle a second host badly, and this follows none.`,
    )
  }
  return issuer
}

/** @throws {Fault} */
export function checkServer(server: ServerMetadata, issuer: string, origin: string): void {
  if (server.issuer.replace(/\/$/, '') !== issuer.replace(/\/$/, '')) {
    throw new Fault(
      `The issuer is "${server.issuer}", but the resource named "${issuer}".`,
      'Both must be the same string (RFC 8414 §3.3), the address clients connect to.',
    )
  }
  const endpoints = {
    authorization_endpoint: server.authorization_endpoint,
    token_endpoint: server.token_endpoint,
    registration_endpoint: server.registration_endpoint,
    revocation_endpoint: server.revocation_endpoint,
  }
  for (const [name, url] of Object.entries(endpoints)) {
    if (url !== undefined && URL.parse(url)?.origin !== origin) {
      throw new Fault(`${name} is on another host: ${url}.`, `Serve it on ${origin}.`)
    }
  }
  if (!server.code_challenge_methods_supported.includes('S256')) {
    throw new Fault(
      'The metadata does not promise PKCE with S256.',
      'List S256 in code_challenge_methods_supported; clients stop without it.',
    )
  }
}

/** The challenge of a request without a token. @throws {Fault} */
export function expectChallenge(answer: Answer, connector: URL): Challenge {
  refuseForeign(answer, 'connector URL')
  const { status } = answer
  if (status >= 300 && status < 400) {
    throw new Fault(
      `The connector URL redirects. ${describe(answer)}`,
      'Give clients the address it leads to: they do not follow, or lose the token on the way.',
    )
  }
  if (status === 404) {
    throw new Fault(
      `There is no module at ${connector.pathname}.`,
      `A connector URL is <origin>/<module>/mcp. ${connector.origin} lists the modules there are.`,
    )
  }
  if (status === 200) {
    throw new Fault(
      'It answers 200 without a token, so no client ever starts to sign in.',
      'Answer 401 with WWW-Authenticate to every request without a token, the first included. If ' +
        'everyone may call this module, declare it with access: "public" and serve no metadata for it.',
    )
  }
  if (status !== 401) {
    throw new Fault(
      `A request without a token is not answered with 401. ${describe(answer)}`,
      'Only a 401 with WWW-Authenticate makes a client sign in.',
    )
  }
  const challenge = readChallenge(answer)
  if (!challenge) {
    throw new Fault(
      'The 401 has no WWW-Authenticate: Bearer header.',
      'Add WWW-Authenticate: Bearer resource_metadata="…", scope="…". A proxy may have removed it.',
    )
  }
  return challenge
}
