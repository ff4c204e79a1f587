import type { ToolAnnotations } from '../protocol'
import type { ToolContextFor, Uses } from './context'
import type { ToolUi } from './define-app'
import { type ItemOptions, itemOf, type UsesNothing } from './item'
import {
  NO_INPUT,
  type NoArguments,
  type Schema,
  type SchemaInput,
  type SchemaOutput,
} from './schema'
import type { ToolResult } from './tool-result'

/** What `run` may return: with `output`, a value of that schema; without, text. */
export type RunResult<Output extends Schema | undefined> = Output extends Schema
  ? SchemaInput<Output> | ToolResult<SchemaInput<Output>>
  : string | ToolResult

export interface ToolOptions<
  Input extends Schema,
  Output extends Schema | undefined,
  Used extends Uses = UsesNothing,
> extends ItemOptions<Used> {
  /** Absent hints mean the worst, see `ToolAnnotations`. */
  annotations?: ToolAnnotations
  /**
   * For long calls of 2025-11-25 clients: after this many milliseconds of streaming the connection is
   * closed, and the client comes back for the rest. Other clients stay connected.
   */
  pollAfterMs?: number
  /** The app that hosts show with its result, and who may call it. */
  ui?: ToolUi
  /** None means the tool takes no arguments. */
  input?: Input
  /** With it, results are checked and sent as structured content beside the text. */
  output?: Output
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
    ...itemOf(options),
    // Without `input` the type parameter is its default, which is what NO_INPUT describes.
    input: options.input ?? (NO_INPUT as unknown as Input),
    annotations: { ...PESSIMISTIC, ...impliedBy(options.annotations), ...options.annotations },
  }
}

/** A tool that only reads destroys nothing, and repeating it changes nothing. */
const impliedBy = (annotations: ToolAnnotations | undefined): ToolAnnotations =>
  annotations?.readOnlyHint ? { destructiveHint: false, idempotentHint: true } : {}
