/** From the first 401 to a registered client. @module */
import { describe } from '../client/answer.ts'
import {
  authorizationServerOf,
  type Challenge,
  checkResource,
  checkServer,
  expectChallenge,
  fetchResourceMetadata,
  fetchServerMetadata,
  type ResourceMetadata,
  resourceMetadataUrls,
  type ServerMetadata,
  serverMetadataUrls,
} from '../client/discovery.ts'
import { Fault } from '../client/fault.ts'
import { expectUnknownClient, registerClient } from '../client/registration.ts'
import type { Patient } from './patient.ts'

export interface Discovered {
  server: ServerMetadata
  /** What the client asks for: the challenge’s word, else the metadata’s, and offline access. */
  scopes: string[] | undefined
}

/** @throws {Stopped} when the client would get no further. */
export async function discover(patient: Patient): Promise<Discovered> {
  const { examination, connector, mcp } = patient
  const [era = '2025-11-25'] = patient.profile.eras
  const challenge = await examination.need(
    'challenge',
    'The first request is answered with 401 and where to sign in',
    async () => expectChallenge(await mcp(era).knock(), connector),
  )
  const document = await examination.need(
    'resource-metadata',
    'The resource’s metadata is found, and is about this URL',
    (say) => findResourceMetadata(patient, challenge, say),
  )
  const issuer = await examination.need(
    'authorization-server',
    'It names an authorization server on the same host',
    () => authorizationServerOf(document, connector),
  )
  const server = await examination.need(
    'server-metadata',
    'The authorization server’s metadata is found and complete',
    (say) => findServerMetadata(patient, issuer, document, say),
  )
  await examineRequirements(patient, server)
  const asked = challenge.scope ?? document.scopes_supported
  const offline = server.scopes_supported.includes('offline_access') ? ['offline_access'] : []
  return { server, scopes: asked && [...new Set([...asked, ...offline])] }
}

async function findResourceMetadata(
  { profile, wire, connector, headers }: Patient,
  challenge: Challenge,
  say: (detail: string) => void,
): Promise<ResourceMetadata> {
  const urls = { header: challenge.resourceMetadata, ...resourceMetadataUrls(connector) }
  let failure: unknown
  for (const place of profile.resourceMetadata) {
    const url = urls[place]
    if (url === undefined) continue
    try {
      const document = await fetchResourceMetadata(wire, url, headers, profile.limits.discovery)
      checkResource(document, connector)
      say(place === 'header' ? 'where the header says' : `at ${new URL(url).pathname}`)
      return document
    } catch (cause) {
      // A client goes on to the next place when a document is missing; what it finds it believes.
      failure ??= cause
    }
  }
  throw failure ?? new Fault('No place is left to look for it.')
}

async function findServerMetadata(
  { profile, wire, connector, headers }: Patient,
  issuer: URL,
  { authorization_servers: [named = ''] }: ResourceMetadata,
  say: (detail: string) => void,
): Promise<ServerMetadata> {
  const urls = serverMetadataUrls(issuer)
  const missing: string[] = []
  let found: ServerMetadata | undefined
  let failure: unknown
  for (const place of profile.serverMetadata) {
    try {
      const server = await fetchServerMetadata(wire, urls[place], headers, profile.limits.discovery)
      checkServer(server, named, connector.origin)
      found ??= server
    } catch (cause) {
      failure ??= cause
      missing.push(new URL(urls[place]).pathname)
    }
  }
  if (!found) throw failure ?? new Fault('No place is left to look for it.')
  if (missing.length > 0) say(`not at ${missing.join(', ')}, which some clients try first`)
  return found
}

async function examineRequirements(patient: Patient, server: ServerMetadata): Promise<void> {
  const { profile, examination } = patient
  await examination.look('requirements', 'It promises what this client cannot do without', () => {
    const lacking: [boolean, string, string][] = [
      [
        server.token_endpoint_auth_methods_supported.includes('none'),
        'public clients',
        'List "none" in token_endpoint_auth_methods_supported.',
      ],
      [
        !profile.needs.includes('offline_access') ||
          server.scopes_supported.includes('offline_access'),
        'staying connected',
        'List "offline_access" in scopes_supported: without it people are signed out with their first token.',
      ],
      [
        !profile.needs.includes('offline_access') ||
          server.grant_types_supported.includes('refresh_token'),
        'refresh tokens',
        'List "refresh_token" in grant_types_supported.',
      ],
      [
        !profile.needs.includes('iss') || server.authorization_response_iss_parameter_supported,
        'the issuer in answers',
        'Set authorization_response_iss_parameter_supported and send iss (RFC 9207).',
      ],
    ]
    const problems = lacking.filter(([fine]) => !fine)
    if (problems.length > 0) {
      throw new Fault(
        `The metadata does not promise ${problems.map(([, what]) => what).join(', ')}.`,
        problems.map(([, , remedy]) => remedy).join(' '),
      )
    }
  })
}

/**
 * The client id to sign in with: by a registration request, for a document stands on the vendor’s
 * host and a local platform cannot fetch it.
 *
 * @throws {Stopped}
 */
export async function identify(patient: Patient, server: ServerMetadata): Promise<string> {
  const { profile, examination, wire, headers } = patient
  const { prefers, documentUrl, body, twice } = profile.registration
  const options = { headers, limit: profile.limits.registration }
  if (prefers === 'document' && documentUrl !== undefined) {
    const offered =
      server.client_id_metadata_document_supported &&
      server.token_endpoint_auth_methods_supported.includes('none')
    if (offered) await examineDocument(patient, server, documentUrl)
    else {
      examination.write(
        'noted',
        'document',
        'It would rather identify itself by a document',
        'The metadata offers no client ID metadata documents, so it registers.',
        'Set client_id_metadata_document_supported, and list "none" among the token endpoint’s methods.',
      )
    }
  }
  const registered = await examination.need(
    'registration',
    'It can register, with every address it may be called back at',
    async () => {
      const { registration_endpoint: endpoint } = server
      if (endpoint === undefined) {
        throw new Fault(
          'The metadata names no registration_endpoint.',
          'Offer registration (RFC 7591): not every client has a document.',
        )
      }
      return registerClient(wire, endpoint, body, options)
    },
  )
  const { registration_endpoint: endpoint } = server
  if (twice && endpoint !== undefined) {
    await examination.look('second-registration', 'Registering a second time is harmless', () =>
      registerClient(wire, endpoint, body, options),
    )
  }
  await examination.look('unknown-client', 'A forgotten client is told to register again', () =>
    expectUnknownClient(wire, server.token_endpoint, { headers, limit: profile.limits.token }),
  )
  return registered.client_id
}

async function examineDocument(
  { profile, examination, wire, connector, isLocal }: Patient,
  server: ServerMetadata,
  documentUrl: string,
): Promise<void> {
  const title = 'It identifies itself by a document'
  if (isLocal) {
    examination.write(
      'unchecked',
      'document',
      title,
      `The platform offers it, but a local one need not reach ${documentUrl}. Registering instead, as this client does when it must.`,
    )
    return
  }
  await examination.look('document', title, async () => {
    const url = new URL(server.authorization_endpoint)
    url.search = new URLSearchParams({
      response_type: 'code',
      client_id: documentUrl,
      redirect_uri: profile.redirectUri,
      state: 'doctor',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
      resource: connector.href,
    }).toString()
    const answer = await wire.send(url.href, { what: 'authorization endpoint' })
    if (answer.status >= 400) {
      throw new Fault(
        `The platform refuses the client ${documentUrl}. ${describe(answer)}`,
        'It must be able to fetch that address: see the log for what went wrong.',
      )
    }
  })
}
