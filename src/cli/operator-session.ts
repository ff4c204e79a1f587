/** Signed in as an operator: the platform's own OAuth, and its module for operators. @module */
import * as z from 'zod'
import { CliError } from './cli-error.ts'
import {
  authorizationRequest,
  readAuthorizationResponse,
  requestTokens,
  revokeToken,
} from './client/authorization.ts'
import { createDeveloperBrowser } from './client/developer-browser.ts'
import {
  authorizationServerOf,
  checkResource,
  checkServer,
  expectChallenge,
  fetchResourceMetadata,
  fetchServerMetadata,
  resourceMetadataUrls,
  serverMetadataUrls,
} from './client/discovery.ts'
import { Fault } from './client/fault.ts'
import { listenForSignIn } from './client/loopback-sign-in.ts'
import { createMcpClient } from './client/mcp.ts'
import { registerClient } from './client/registration.ts'
import { createWire } from './client/wire.ts'

const NAME = 'Quayside command line'
const SIGN_IN_LIMIT_MS = 5 * 60_000
const LIMIT_SECONDS = 30
const ERA = '2026-07-28'

export interface OperatorSession extends AsyncDisposable {
  /** Calls a tool of the operator module. @throws {CliError} with its words when it fails. */
  call<S extends z.ZodType>(
    tool: string,
    args: Record<string, unknown>,
    output: S,
  ): Promise<z.output<S>>
}

/**
 * @param as Signs in under this name through the developer sign-in; without it, in the browser.
 * @throws {CliError}
 */
export async function openOperatorSession(origin: string, as?: string): Promise<OperatorSession> {
  const signal = AbortSignal.timeout(SIGN_IN_LIMIT_MS)
  const wire = createWire(origin, { signal, userAgent: 'quayside-cli' })
  const connector = new URL('/operator/mcp', origin)
  const mcp = (accessToken?: string) =>
    createMcpClient({
      wire,
      url: connector.href,
      era: ERA,
      accept: 'application/json, text/event-stream',
      headers: {},
      clientName: NAME,
      accessToken,
      limit: LIMIT_SECONDS,
    })
  const options = { headers: {}, limit: LIMIT_SECONDS }

  const challenge = expectChallenge(await mcp().knock(), connector)
  const { path } = resourceMetadataUrls(connector)
  const document = await fetchResourceMetadata(wire, path, {}, LIMIT_SECONDS)
  checkResource(document, connector)
  const issuer = authorizationServerOf(document, connector)
  const server = await fetchServerMetadata(
    wire,
    serverMetadataUrls(issuer).oauth,
    {},
    LIMIT_SECONDS,
  )
  checkServer(server, issuer.href, connector.origin)
  const { registration_endpoint: registration } = server
  if (registration === undefined) throw new Fault('The platform takes no registrations.')

  await using listener = await listenForSignIn()
  const { redirectUri } = listener
  const { client_id: clientId } = await registerClient(
    wire,
    registration,
    {
      client_name: NAME,
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
    },
    options,
  )
  const request = authorizationRequest(server, {
    clientId,
    redirectUri,
    scopes: challenge.scope,
    resource: connector.href,
  })
  const answer =
    as === undefined
      ? await listener.answer(request.url, signal)
      : await asDeveloper(createDeveloperBrowser(wire, as).authorize(request.url, redirectUri))
  if (answer.searchParams.get('error') === 'access_denied') {
    throw new CliError('Access was denied. Only an operator of this platform may; sign in as one.')
  }
  const code = readAuthorizationResponse(answer, request, server, true)
  const tokens = await requestTokens(
    wire,
    server,
    {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      client_id: clientId,
      code_verifier: request.codeVerifier,
      resource: connector.href,
    },
    options,
  )
  const client = mcp(tokens.access_token)
  return {
    async call(tool, args, output) {
      const { answer, reply } = await client.request('tools/call', { name: tool, arguments: args })
      if (reply.error) throw new CliError(wordsFor(reply.error.message, tool))
      if (answer.status === 401) throw new CliError('The sign-in has ended. Run it again.')
      const result = CallResult.parse(reply.result)
      if (result.isError) throw new CliError(result.content.map(({ text }) => text).join('\n'))
      return output.parse(result.structuredContent)
    },
    async [Symbol.asyncDispose]() {
      // What was revoked may have been this very session.
      await revokeToken(
        wire,
        server,
        tokens.refresh_token ?? tokens.access_token,
        clientId,
        options,
      ).catch(ignoreFault)
    },
  }
}

const CallResult = z.object({
  isError: z.boolean().default(false),
  content: z.array(z.object({ text: z.string().default('') })).default([]),
  structuredContent: z.unknown().optional(),
})

async function asDeveloper(
  journey: ReturnType<ReturnType<typeof createDeveloperBrowser>['authorize']>,
): Promise<URL> {
  const ended = await journey
  if (ended.end === 'redirect') return ended.url
  throw new CliError(
    'This platform has no developer sign-in, so --as cannot be used. Leave it out and sign in in your browser.',
  )
}

/** To whoever is no operator its tools do not exist. */
const wordsFor = (message: string, tool: string): string =>
  message.includes(`"${tool}"`) && /unknown|no tool|not exist/i.test(message)
    ? 'Whoever signed in is not an operator of this platform. Sign in as one.'
    : message

function ignoreFault(cause: unknown): void {
  if (!(cause instanceof Fault)) throw cause
}
