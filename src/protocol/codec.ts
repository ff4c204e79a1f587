/**
 * What differs between two revisions once a call is done: how items, results and errors are spelled.
 *
 * @module
 */
import type { Params } from './json-rpc'
import type { ProtocolError } from './protocol-error'
import type { Revision } from './revision'
import type {
  CallToolResult,
  CompleteResult,
  GetPromptResult,
  Prompt,
  ReadResourceResult,
  Resource,
  ResourceTemplate,
  ServerInfo,
  Tool,
} from './wire'

/** What a client is asked for, without its envelope. */
export interface ClientRequest {
  method: string
  params?: Params
}

export interface RevisionCodec {
  readonly revision: Revision
  /** Whether an event stream may open with an event that has an id and no data (H-57, H-58). */
  readonly primesStreams: boolean
  /** An item as this revision's clients understand it. */
  tool(tool: Tool): Record<string, unknown>
  resource(resource: Resource): Record<string, unknown>
  resourceTemplate(template: ResourceTemplate): Record<string, unknown>
  prompt(prompt: Prompt): Record<string, unknown>
  /** The `result` of a tools/call. */
  callResult(result: CallToolResult): Record<string, unknown>
  /** The `result` of a resources/read. */
  readResult(result: ReadResourceResult): Record<string, unknown>
  /** The `result` of a prompts/get. */
  promptResult(result: GetPromptResult): Record<string, unknown>
  /** The `result` of a completion/complete. */
  completeResult(result: CompleteResult): Record<string, unknown>
  /**
   * The `result` of a call whose arguments do not fit: newer revisions let the model read and
   * correct it (H-78); older ones answer with an error (H-77), which is thrown.
   *
   * @throws {ProtocolError} `invalid_params`
   */
  invalidInput(message: string): CallToolResult
  /** The JSON-RPC code of an error. */
  errorCode(error: ProtocolError): number
  /** The module's description of itself. */
  serverInfo(info: ServerInfo): Record<string, unknown>
  /** What a client declares, as far as this revision knows it: whatever else it says is nothing. */
  clientCapabilities(declared: Params): Params
  /**
   * The `params` of a request to the client, made of the widest spelling.
   *
   * @throws {ProtocolError} `missing_client_capability` for what this revision cannot ask.
   */
  question(request: ClientRequest, id: string): Params | undefined
}
