/** Dynamic client registration (RFC 7591), as clients do it. @module */
import * as z from 'zod'
import { describe, readJson, refuseForeign } from './answer.ts'
import { Fault } from './fault.ts'
import type { Wire } from './wire.ts'

const Registered = z.object({
  client_id: z.string().min(1),
  client_secret: z.string().optional(),
  redirect_uris: z.array(z.string()).optional(),
  token_endpoint_auth_method: z.string().optional(),
})
export type Registered = z.output<typeof Registered>

const OAuthErrorBody = z.object({ error: z.string(), error_description: z.string().optional() })

/** Registers a public client. @throws {Fault} */
export async function registerClient(
  wire: Wire,
  endpoint: string,
  body: Record<string, unknown>,
  options: { headers: Record<string, string>; limit: number },
): Promise<Registered> {
  const what = 'registration endpoint'
  const answer = await wire.send(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...options.headers },
    body: JSON.stringify(body),
    limit: options.limit,
    what,
  })
  refuseForeign(answer, what)
  const refusal = readOAuthError(answer.text)
  if (answer.status === 400 && refusal) {
    const { error, error_description = '' } = refusal
    throw new Fault(
      `Registration is refused: ${error}${error_description && ` (${error_description})`}.`,
      error === 'invalid_redirect_uri'
        ? `Accept the addresses of this client: ${JSON.stringify(body.redirect_uris)}. Refusing ` +
            'one must not refuse the client: keep what can be kept, an app’s own scheme included.'
        : 'See what the description asks for; nothing in this body is unusual.',
    )
  }
  if (answer.status === 429) {
    throw new Fault(
      'Registration is limited just now (429).',
      'Wait a minute. All users of one vendor register from few addresses, so a limit per address must be wide.',
    )
  }
  const registered = readJson(answer, Registered, {
    what: 'answer to the registration',
    status: [201, 200],
    advice: 'Answer 201 with the client as JSON (RFC 7591 §3.2.1).',
  })
  const { redirect_uris, token_endpoint_auth_method } = registered
  if (token_endpoint_auth_method !== undefined && token_endpoint_auth_method !== 'none') {
    throw new Fault(
      `It was registered with token_endpoint_auth_method "${token_endpoint_auth_method}" instead of "none".`,
      'These clients cannot keep a secret: register them as they ask, as public clients.',
    )
  }
  const asked = z.array(z.string()).parse(body.redirect_uris)
  const missing = asked.filter((uri) => redirect_uris && !redirect_uris.includes(uri))
  if (missing.length > 0) {
    throw new Fault(
      `Registration left out ${missing.join(', ')}.`,
      'The client is called back at any of the addresses it lists.',
    )
  }
  return registered
}

/** What a token endpoint says to a client nobody registered. @throws {Fault} */
export async function expectUnknownClient(
  wire: Wire,
  tokenEndpoint: string,
  options: { headers: Record<string, string>; limit: number },
): Promise<void> {
  const answer = await wire.send(tokenEndpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...options.headers },
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: 'none',
      client_id: 'a-client-nobody-registered',
    }).toString(),
    limit: options.limit,
    what: 'token endpoint',
  })
  refuseForeign(answer, 'token endpoint')
  const error = readOAuthError(answer.text)?.error
  if (answer.status === 401 && error === 'invalid_client') return
  throw new Fault(
    `A client that is not registered is not answered with 401 invalid_client. ${describe(answer)}`,
    'Only this answer makes a client register again after the server has forgotten it.',
  )
}

/** An OAuth error body, if it is one. */
export function readOAuthError(text: string): z.output<typeof OAuthErrorBody> | undefined {
  try {
    return OAuthErrorBody.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
