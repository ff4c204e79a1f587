/** A client that somebody has connected to a module of a local platform. @module */
import { request as send } from 'node:http'
import {
  authorizationRequest,
  readAuthorizationResponse,
  requestTokens,
  type TokenSet,
} from '../../src/cli/client/authorization.ts'
import { createDeveloperBrowser } from '../../src/cli/client/developer-browser.ts'
import { fetchServerMetadata, serverMetadataUrls } from '../../src/cli/client/discovery.ts'
import { registerClient } from '../../src/cli/client/registration.ts'
import { createWire } from '../../src/cli/client/wire.ts'

export interface ConnectedClient {
  clientId: string
  personId: string
  grantId: string
  tokens: TokenSet
  /** Status of a tool call with its access token, through this isolate. */
  call(port?: number): Promise<number>
  /** Status of a refresh. */
  refresh(): Promise<number>
}

export async function connectClient(
  origin: string,
  { as, clientName, scopes }: { as: string; clientName: string; scopes: string[] },
): Promise<ConnectedClient> {
  const wire = createWire(origin, { signal: AbortSignal.timeout(60_000) })
  const options = { headers: {}, limit: 30 }
  const server = await fetchServerMetadata(wire, serverMetadataUrls(new URL(origin)).oauth, {}, 30)
  const redirectUri = 'http://127.0.0.1:4000/callback'
  const resource = `${origin}/support/mcp`
  const body = {
    client_name: clientName,
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  }
  const { client_id: clientId } = await registerClient(wire, `${origin}/register`, body, options)
  const request = authorizationRequest(server, { clientId, redirectUri, scopes, resource })
  const journey = await createDeveloperBrowser(wire, as).authorize(request.url, redirectUri)
  if (journey.end !== 'redirect') throw new Error('the developer sign-in is not there')
  const form = {
    grant_type: 'authorization_code',
    code: readAuthorizationResponse(journey.url, request, server, true),
    redirect_uri: redirectUri,
    client_id: clientId,
    code_verifier: request.codeVerifier,
    resource,
  }
  const tokens = await requestTokens(wire, server, form, options)
  const [personId = '', grantId = ''] = tokens.access_token.split(':')
  return {
    clientId,
    personId,
    grantId,
    tokens,
    call: (port = Number(new URL(origin).port)) => callTool(origin, port, tokens.access_token),
    async refresh() {
      const answer = await wire.send(server.token_endpoint, {
        what: 'refresh',
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          refresh_token: tokens.refresh_token ?? '',
          client_id: clientId,
        }).toString(),
      })
      return answer.status
    },
  }
}

/** Isolates differ by their port, and the token is for one origin: the Host header carries that. */
function callTool(origin: string, port: number, accessToken: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const name = 'search_tickets'
  const request = send(
    {
      host: '127.0.0.1',
      port,
      method: 'POST',
      path: '/support/mcp',
      headers: {
        host: new URL(origin).host,
        authorization: `Bearer ${accessToken}`,
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': name,
      },
    },
    (response) => {
      response.resume()
      response.once('end', () => resolve(response.statusCode ?? 0))
    },
  )
  request.once('error', reject)
  request.end(
    JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: {
        name,
        arguments: {},
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    }),
  )
  return promise
}
