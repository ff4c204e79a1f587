import {
  Client,
  type OAuthClientProvider,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client'
import { UnauthorizedError as UnauthorizedError1 } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allowAt, type Browser, openBrowser, REDIRECT_URI, siteAt } from '../support/oauth-flow.ts'
import { type Platform, start } from '../support/platform.ts'
import type { CallOutcome } from './time-module.ts'

let platform: Platform
beforeAll(async () => {
  platform = await start()
})
afterAll(() => platform?.stop())

interface Person {
  provider: OAuthClientProvider
  /** Where each visit to the authorization endpoint led, and what had been asked for. */
  visits: { asked: URL; cameBack: URL }[]
}

/**
 * What a host keeps for its user, and the user, who allows whatever they are asked.
 *
 * @param keepsRefreshToken The client of 1.x refreshes where it should step up, so a host that
 *   wants a step up must not give it a refresh token.
 */
function personAt(browser: Browser, name: string, keepsRefreshToken: boolean): Person {
  const kept: { client?: object; tokens?: object; verifier?: string } = {}
  const visits: Person['visits'] = []
  const provider: OAuthClientProvider = {
    redirectUrl: REDIRECT_URI,
    clientMetadata: {
      client_name: name,
      redirect_uris: [REDIRECT_URI],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    state: () => crypto.randomUUID(),
    clientInformation: () => kept.client as never, // as it was saved, and so below
    saveClientInformation(client) {
      kept.client = client
    },
    tokens: () => kept.tokens as never,
    saveTokens({ refresh_token, ...tokens }) {
      kept.tokens = keepsRefreshToken ? { refresh_token, ...tokens } : tokens
    },
    saveCodeVerifier(verifier) {
      kept.verifier = verifier
    },
    codeVerifier: () => kept.verifier ?? '',
    async redirectToAuthorization(asked) {
      visits.push({ asked, cameBack: await allowAt(browser, asked) })
    },
  }
  return { provider, visits }
}

interface Connected {
  callTool(name: string, args: Record<string, unknown>): Promise<CallOutcome>
  /** Hands the answer of the last visit to the client. */
  finish(cameBack: URL): Promise<void>
  close(): Promise<void>
}

type Opening = (url: URL, provider: OAuthClientProvider) => { connect(): Promise<void> } & Connected

const officialClient =
  (mode: 'legacy' | 'auto' | { pin: string }): Opening =>
  (url, authProvider) => {
    const client = new Client(
      { name: 'quayside-tests', version: '1.0.0' },
      { versionNegotiation: { mode } },
    )
    const transport = new StreamableHTTPClientTransport(url, { authProvider })
    return {
      connect: () => client.connect(transport),
      callTool: async (name, args) => await client.callTool({ name, arguments: args }),
      finish: (cameBack) => transport.finishAuth(cameBack.searchParams),
      close: () => client.close(),
    }
  }

const client1: Opening = (url, authProvider) => {
  const client = new Client1({ name: 'quayside-tests', version: '1.0.0' })
  // Both packages ask a host for the same; this one is not written for `exactOptionalPropertyTypes`.
  const transport = new Transport1(url, { authProvider: authProvider as never })
  return {
    connect: () => client.connect(transport as Transport),
    callTool: async (name, args) =>
      (await client.callTool({ name, arguments: args })) as CallOutcome,
    finish: (cameBack) => transport.finishAuth(cameBack.searchParams.get('code') ?? ''),
    close: () => client.close(),
  }
}

const unauthorized = (cause: unknown) =>
  cause instanceof UnauthorizedError || cause instanceof UnauthorizedError1

describe.each([
  ['@modelcontextprotocol/client, 2025', officialClient('legacy'), true],
  ['@modelcontextprotocol/client, 2026', officialClient({ pin: '2026-07-28' }), true],
  ['@modelcontextprotocol/client, whichever', officialClient('auto'), true],
  ['@modelcontextprotocol/sdk 1.x', client1, false],
])('%s', (name, opening, keepsRefreshToken) => {
  it('finds its way from a 401 to a call, and steps up from a 403', async () => {
    const url = new URL(`${platform.origin}/support/mcp`)
    const { provider, visits } = personAt(
      openBrowser(siteAt(platform.origin)),
      name,
      keepsRefreshToken,
    )

    const first = opening(url, provider)
    await expect(first.connect()).rejects.toSatisfy(unauthorized)
    const [signIn] = visits
    expect(signIn?.asked.searchParams.get('resource')).toBe(url.href)
    expect(signIn?.asked.searchParams.get('scope')).toContain('support:read')
    expect(signIn?.cameBack.searchParams.get('iss')).toBe(platform.origin)
    expect(signIn?.cameBack.searchParams.get('state')).toBe(signIn?.asked.searchParams.get('state'))
    if (signIn) await first.finish(signIn.cameBack)
    await first.close()

    const second = opening(url, provider)
    await second.connect()
    const found = await second.callTool('search_tickets', {})
    expect(found.isError ?? false).toBe(false)
    expect(visits).toHaveLength(1)

    const comment = { ticket_id: 123, body: 'On its way.' }
    await expect(second.callTool('add_comment', comment)).rejects.toSatisfy(unauthorized)
    const [, stepUp] = visits
    expect(stepUp?.asked.searchParams.get('scope')).toContain('support:write')
    if (stepUp) await second.finish(stepUp.cameBack)
    const commented = await second.callTool('add_comment', comment)
    expect(commented).not.toMatchObject({ isError: true })
    // One step was enough, and what it could do before it still can.
    expect((await second.callTool('search_tickets', {})).isError ?? false).toBe(false)
    expect(visits).toHaveLength(2)
    await second.close()
  })
})
