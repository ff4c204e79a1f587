import type { LogLevel } from '../protocol'

/** Who a call acts for. Tool code never sees the access token behind it. */
export interface Caller {
  tenant: string
  principal: Principal
  /** What the client calls itself. A label: never decide anything by it. */
  client: { name: string; version: string } | undefined
  scopes: ReadonlySet<string>
}

/** Nobody signed in: `id` is random, and lasts as long as the handle it was sealed into. */
export interface Principal {
  kind: 'anonymous'
  id: string
}

/**
 * Messages for the person or model behind this call, on the call's own stream. They are sent
 * only when the request asked for that level, and dropped otherwise. `data` is any JSON value;
 * keep secrets out of it.
 */
export type Log = { readonly [Level in LogLevel]: (data: unknown, logger?: string) => void }

/** What a running tool may use. */
export interface ToolContext {
  /** Fires when the caller gave up or the deadline passed; hand it to whatever you await. */
  readonly signal: AbortSignal
  readonly caller: Caller
  readonly log: Log
  /**
   * Reports how far the call is. `progress` must rise from one report to the next; reports that
   * do not are dropped, and so are all when the request asked for none.
   */
  progress(progress: number, total?: number, message?: string): void
}
