/**
 * The handshake: which revision and capabilities a session has, sealed into its id.
 *
 * @module
 */
import { isObject } from '../lib'
import {
  CODECS,
  isRevision2025,
  type JsonRpcRequest,
  jsonRpcError,
  jsonRpcResult,
  NEWEST_2025,
  ProtocolError,
  type Revision2025,
} from '../protocol'
import type { HostedServer } from '../registry'
import { packCapabilities } from './client-capabilities'
import { mintSessionId } from './session-id'
import type { SessionPorts, SessionReply, SessionRequest } from './session-ports'

export async function initialize(
  { id, params }: JsonRpcRequest,
  { server, access }: SessionRequest,
  { sealer, jurisdiction, now }: SessionPorts,
): Promise<SessionReply> {
  const asked = params.protocolVersion
  if (typeof asked !== 'string') {
    const error = new ProtocolError('invalid_params', 'initialize needs params.protocolVersion.')
    return { json: jsonRpcError(id, error) }
  }
  // An unknown version is no error: the client hears what we offer and decides (H-20).
  const revision = isRevision2025(asked) ? asked : NEWEST_2025
  const clientInfo = isObject(params.clientInfo) ? params.clientInfo : {}
  const claims = {
    module: server.info.name,
    principal: access.principal.id,
    client: access.client,
    revision,
    capabilities: packCapabilities(
      CODECS[revision].clientCapabilities(isObject(params.capabilities) ? params.capabilities : {}),
    ),
    clientName: textOf(clientInfo.name),
    clientVersion: textOf(clientInfo.version),
    jurisdiction,
  }
  return {
    sessionId: await mintSessionId(sealer, claims, now()),
    json: jsonRpcResult(id, offerOf(server, revision)),
  }
}

const offers2025 = new WeakMap<HostedServer, Map<Revision2025, string>>()

/** The result of `initialize`, which is the same for everybody. */
function offerOf(server: HostedServer, revision: Revision2025): string {
  const known = offers2025.get(server) ?? new Map<Revision2025, string>()
  const text = known.get(revision)
  if (text !== undefined) return text
  const { instructions } = server.definition
  const made = JSON.stringify({
    protocolVersion: revision,
    capabilities: { ...server.capabilities, logging: {} },
    serverInfo: CODECS[revision].serverInfo(server.info),
    ...(instructions !== undefined && { instructions }),
  })
  offers2025.set(server, known.set(revision, made))
  return made
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
