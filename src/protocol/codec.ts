/**
 * What differs between two revisions once a call is done: how a tool and a result are spelled.
 *
 * @module
 */
import type { Revision } from './revision'
import type { CallToolResult, ServerInfo, Tool } from './wire'

export interface RevisionCodec {
  readonly revision: Revision
  /** Whether an event stream may open with an event that has an id and no data (H-57, H-58). */
  readonly primesStreams: boolean
  /** A tool as this revision's clients understand it. */
  tool(tool: Tool): Record<string, unknown>
  /** The `result` of a tools/call. */
  callResult(result: CallToolResult): Record<string, unknown>
  /**
   * The `result` of a call whose arguments do not fit: newer revisions let the model read and
   * correct it (H-78); older ones answer with an error (H-77), which is thrown.
   *
   * @throws {ProtocolError} `invalid_params`
   */
  invalidInput(message: string): CallToolResult
  /** The module's description of itself. */
  serverInfo(info: ServerInfo): Record<string, unknown>
}
