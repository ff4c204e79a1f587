/**
 * What the rim is given for one request of a 2025 client, and what it may use for it.
 *
 * @module
 */
import type { AuditWriter } from '../audit'
import type { Jurisdiction } from '../config'
import type { ListPorts } from '../dispatch'
import type { JsonRpcMessage, ProtocolError } from '../protocol'
import type { HostedServer } from '../registry'
import type { Principal } from '../sdk'
import type { McpSession } from './mcp-session'
import type { SessionClaims } from './session-id'

export interface SessionPorts extends ListPorts {
  audit: AuditWriter
  /** A fresh stub of a session's object: a crash breaks the old ones for good. */
  sessionObject(session: SessionClaims): SessionObject
  waitUntil(work: Promise<unknown>): void
  /** Logs a bug of ours, and makes what its client is told of it. */
  unexpected(cause: unknown): ProtocolError
  /** Watches whether what this request opened may go on, with `some` or `all` of its access left. */
  watch(onEnded: () => void, keeps?: 'some' | 'all'): { stop(): void }
  /** Whether the session's person still has its client let in. */
  hasGrant(): Promise<boolean>
  /**
   * What this request may act as by now.
   *
   * @throws {ProtocolError} when it may not any more.
   */
  currentAccess(): Promise<SessionAccess>
  correlationId: string
  /** The platform's own origin as this client reaches it. */
  origin?: string
  tenant: string
  jurisdiction: Jurisdiction | undefined
}

/** One POST of a 2025 client, its body read and classified. */
export interface SessionRequest {
  server: HostedServer
  /** One message, or the elements of an array. */
  body: JsonRpcMessage | JsonRpcMessage[]
  sessionId: string | undefined
  /** The `MCP-Protocol-Version` header. */
  protocolVersion: string | undefined
  /** Who is calling now; a new anonymous principal when nobody signed in. */
  access: SessionAccess
}

/** The object of a session, as far as requests use it. */
export type SessionObject = Pick<
  DurableObjectStub<McpSession>,
  'setLogLevel' | 'subscribe' | 'unsubscribe' | 'cancel' | 'answer' | 'end' | 'fetch'
>

/** What a request may act as, and how it is told that this is not enough. */
export interface SessionAccess {
  principal: Principal
  /** The OAuth client; empty for a public module. */
  client: string
  /** Empty for a public module. */
  grantId: string
  scopes: ReadonlySet<string>
  roles: ReadonlySet<string>
  onlyReading: boolean
  /** The `WWW-Authenticate` value that asks for these scopes. */
  challenge(scopes: readonly string[]): string
}

/** What to answer: JSON text, an event stream, or nothing but 202. */
export interface SessionReply {
  /** Set on the answer to `initialize`. */
  sessionId?: string
  /** One JSON-RPC message or an array of them; undefined means accepted without an answer. */
  json?: string | undefined
  stream?: ReadableStream<Uint8Array>
  /** The challenge to send along when the one call asked for lacks a scope. */
  shortfall?: string
}
