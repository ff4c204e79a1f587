import type { Icon, ToolAnnotations } from '../protocol'
import type { Role, ToolContextFor, Uses } from './context'
import { jsonSchema, type Schema, type SchemaInput, type SchemaOutput } from './schema'
import type { ToolResult } from './tool-result'

type NoArguments = Record<string, never>

/** What `run` may return: with `output`, a value of that schema; without, text. */
export type RunResult<Output extends Schema | undefined> = Output extends Schema
  ? SchemaInput<Output> | ToolResult<SchemaInput<Output>>
  : string | ToolResult

/** The `uses` of a tool that names none. */
type UsesNothing = Record<never, never>

export interface ToolOptions<
  Input extends Schema,
  Output extends Schema | undefined,
  Used extends Uses = UsesNothing,
> {
  /** 1 to 64 characters of `A-Za-z0-9_-.`, unique in its module. */
  name: string
  /** For people. */
  title?: string
  /** For the model that picks the tool: what comes back, and what an empty answer means. */
  description: string
  /** Each an https or `data:` URL. */
  icons?: Icon[]
  /** All are needed, and each is declared by the module. */
  scopes?: readonly string[]
  /**
   * Who may ever call the tool: whoever has one of these roles. For anybody else it does not exist,
   * neither in lists nor by name. Everyone, unless given.
   */
  roles?: readonly Role[]
  /** What `run` finds in its context beside the usual; the module declares it too. */
  uses?: Used
  /** Absent hints mean the worst, see `ToolAnnotations`. */
  annotations?: ToolAnnotations
  /** How long `run` may take, in milliseconds; 30,000 unless set. */
  timeoutMs?: number
  /**
   * For long calls of 2025-11-25 clients: after this many milliseconds of streaming the connection is
   * closed, and the client comes back for the rest. Other clients stay connected.
   */
  pollAfterMs?: number
  /** Capabilities the client must have declared, shaped like MCP's ClientCapabilities. */
  clientCapabilities?: Record<string, Record<string, unknown>>
  /** None means the tool takes no arguments. */
  input?: Input
  /** With it, results are checked and sent as structured content beside the text. */
  output?: Output
  _meta?: Record<string, unknown>
  run(
    args: SchemaOutput<Input>,
    context: ToolContextFor<Used>,
  ): RunResult<Output> | Promise<RunResult<Output>>
}

/** A tool: data plus one function. It can be listed, checked and called without a server. */
export interface ToolDefinition<
  Input extends Schema = Schema,
  Output extends Schema | undefined = Schema | undefined,
  Used extends Uses = Uses,
> extends ToolOptions<Input, Output, Used> {
  readonly input: Input
  readonly timeoutMs: number
  readonly scopes: readonly string[]
  readonly annotations: Required<ToolAnnotations>
}

/** The specification's defaults: whatever a tool does not promise, a client must expect. */
const PESSIMISTIC: Required<ToolAnnotations> = {
  readOnlyHint: false,
  destructiveHint: true,
  idempotentHint: false,
  openWorldHint: true,
}

const NO_INPUT = jsonSchema<NoArguments>({ type: 'object', additionalProperties: false })

/**
 * Declares a tool. Types of `run`'s arguments and result are inferred from `input` and `output`.
 * Nothing is checked here: the platform refuses a faulty definition when it starts, with the file
 * and the field.
 */
export function defineTool<
  Input extends Schema = Schema<NoArguments>,
  Output extends Schema | undefined = undefined,
  Used extends Uses = UsesNothing,
>(options: ToolOptions<Input, Output, Used>): ToolDefinition<Input, Output, Used> {
  return {
    ...options,
    // Without `input` the type parameter is its default, which is what NO_INPUT describes.
    input: options.input ?? (NO_INPUT as unknown as Input),
    timeoutMs: options.timeoutMs ?? 30_000,
    scopes: options.scopes ?? [],
    annotations: { ...PESSIMISTIC, ...impliedBy(options.annotations), ...options.annotations },
  }
}

/** A tool that only reads destroys nothing, and repeating it changes nothing. */
const impliedBy = (annotations: ToolAnnotations | undefined): ToolAnnotations =>
  annotations?.readOnlyHint ? { destructiveHint: false, idempotentHint: true } : {}
