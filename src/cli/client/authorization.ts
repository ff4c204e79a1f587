/** Authorization code with PKCE, and what follows: tokens, refresh, revocation. @module */
import { createHash, randomBytes } from 'node:crypto'
import * as z from 'zod'
import { describe, readJson, refuseForeign } from './answer.ts'
import type { ServerMetadata } from './discovery.ts'
import { Fault } from './fault.ts'
import { readOAuthError } from './registration.ts'
import type { Answer, Wire } from './wire.ts'

export interface AuthorizationRequest {
  url: string
  state: string
  codeVerifier: string
}

export interface AuthorizationOptions {
  clientId: string
  redirectUri: string
  scopes: readonly string[] | undefined
  resource: string | undefined
}

export function authorizationRequest(
  server: ServerMetadata,
  { clientId, redirectUri, scopes, resource }: AuthorizationOptions,
): AuthorizationRequest {
  const codeVerifier = randomBytes(32).toString('base64url')
  const state = randomBytes(16).toString('base64url')
  const url = new URL(server.authorization_endpoint)
  const parameters: Record<string, string | undefined> = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    state,
    code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
    code_challenge_method: 'S256',
    scope: scopes?.join(' '),
    resource,
  }
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(name, value)
  }
  return { url: url.href, state, codeVerifier }
}

/** The code in an authorization response (RFC 6749 §4.1.2, RFC 9207). @throws {Fault} */
export function readAuthorizationResponse(
  { searchParams }: URL,
  { state }: AuthorizationRequest,
  server: ServerMetadata,
  needsIssuer: boolean,
): string {
  checkIssuer(searchParams, server, needsIssuer)
  if (searchParams.get('state') !== state) {
    throw new Fault('The answer does not repeat state.', 'Clients drop an answer without it.')
  }
  const error = searchParams.get('error')
  if (error !== null) {
    const description = searchParams.get('error_description')
    throw new Fault(`The sign-in ended with ${error}${description ? `: ${description}` : ''}.`)
  }
  const code = searchParams.get('code')
  if (!code) throw new Fault('The answer carries no code.')
  return code
}

/** @throws {Fault} */
export function checkIssuer(
  answer: URLSearchParams,
  server: ServerMetadata,
  needsIssuer: boolean,
): void {
  const iss = answer.get('iss')
  const promised = server.authorization_response_iss_parameter_supported
  if (iss === server.issuer || (iss === null && !promised && !needsIssuer)) return
  throw new Fault(
    iss === null
      ? 'The answer to the client has no iss parameter.'
      : `The answer to the client says iss="${iss}", the issuer is "${server.issuer}".`,
    'Add iss, exactly the issuer of the metadata, to every answer, errors included (RFC 9207), and ' +
      'set authorization_response_iss_parameter_supported.',
  )
}

export const TokenSet = z.object({
  access_token: z.string().min(1),
  token_type: z.string().regex(/^bearer$/i, 'must be Bearer'),
  expires_in: z.number().positive(),
  refresh_token: z.string().optional(),
  scope: z.string().optional(),
})
export type TokenSet = z.output<typeof TokenSet>

export interface TokenRequestOptions {
  headers: Record<string, string>
  limit: number
}

/** An OAuth error of the token endpoint, not a broken one. */
export class TokenRefusal extends Fault {}

/** A request to the token endpoint, and its tokens. @throws {Fault} */
export async function requestTokens(
  wire: Wire,
  server: ServerMetadata,
  form: Record<string, string>,
  options: TokenRequestOptions,
): Promise<TokenSet> {
  const answer = await postForm(wire, server.token_endpoint, form, options)
  const refusal = readOAuthError(answer.text)
  if (answer.status >= 400 && refusal) {
    throw new TokenRefusal(
      `The token endpoint refuses ${form.grant_type}: ${refusal.error}${refusal.error_description ? ` (${refusal.error_description})` : ''}.`,
      'The request is what this client sends; see what the description asks for.',
    )
  }
  return readJson(answer, TokenSet, {
    what: 'answer of the token endpoint',
    advice: 'It needs access_token, token_type Bearer and expires_in in seconds.',
  })
}

/** The token endpoint's word on a refresh token that is none. @throws {Fault} */
export async function expectInvalidGrant(
  wire: Wire,
  server: ServerMetadata,
  clientId: string,
  options: TokenRequestOptions,
): Promise<void> {
  const form = { grant_type: 'refresh_token', refresh_token: 'not-a-token', client_id: clientId }
  const answer = await postForm(wire, server.token_endpoint, form, options)
  if (answer.status === 400 && readOAuthError(answer.text)?.error === 'invalid_grant') return
  throw new Fault(
    `A refresh token that is no good is not answered with 400 invalid_grant. ${describe(answer)}`,
    'Clients start over only on exactly this answer; on any other they keep failing.',
  )
}

/** RFC 7009. @throws {Fault} */
export async function revokeToken(
  wire: Wire,
  server: ServerMetadata,
  token: string,
  clientId: string,
  options: TokenRequestOptions,
): Promise<void> {
  if (server.revocation_endpoint === undefined) return
  const form = { token, client_id: clientId }
  const answer = await postForm(wire, server.revocation_endpoint, form, options)
  if (answer.status !== 200) throw new Fault(`Revoking the token failed. ${describe(answer)}`)
}

async function postForm(
  wire: Wire,
  url: string,
  form: Record<string, string>,
  { headers, limit }: TokenRequestOptions,
): Promise<Answer> {
  const answer = await wire.send(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
      ...headers,
    },
    body: new URLSearchParams(form).toString(),
    limit,
    what: 'token endpoint',
  })
  refuseForeign(answer, 'token endpoint')
  return answer
}
