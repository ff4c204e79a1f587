import type { ContentBlock } from '../protocol'
import type { ToolContextFor, Uses } from './context'
import {
  type Complete,
  type Completers,
  type Item,
  type ItemOptions,
  itemOf,
  type UsesNothing,
} from './item'
import {
  NO_INPUT,
  type NoArguments,
  type Schema,
  type SchemaInput,
  type SchemaOutput,
} from './schema'

/** One message of a prompt; text may stand for itself. */
export interface PromptMessage {
  role: 'user' | 'assistant'
  content: string | ContentBlock
}

/** What `run` may return: the text of one message of the user, or messages. */
export type PromptResult =
  | string
  | readonly PromptMessage[]
  | {
      messages: readonly PromptMessage[]
      /** Of this prompt filled in; that of the definition, unless given. */
      description?: string
      _meta?: Record<string, unknown>
    }

export interface PromptOptions<Input extends Schema, Used extends Uses = UsesNothing>
  extends ItemOptions<Used> {
  /**
   * An object of texts, for that is all that clients send. What has a fixed choice of values is
   * completed without your help. None means the prompt takes no arguments.
   */
  input?: Input
  /** Completes arguments while somebody types them. */
  complete?: { readonly [Argument in keyof SchemaInput<Input> & string]?: Complete<Used> }
  run(
    args: SchemaOutput<Input>,
    context: ToolContextFor<Used>,
  ): PromptResult | Promise<PromptResult>
}

/** A prompt: messages that a person asks for by name. */
export interface PromptDefinition<Input extends Schema = Schema, Used extends Uses = Uses>
  extends Omit<PromptOptions<Input, Used>, 'complete'> {
  readonly input: Input
  readonly scopes: Item['scopes']
  readonly timeoutMs: number
  readonly complete: Completers
}

/** Declares a prompt. Types of `run`'s arguments are inferred from `input`. */
export const definePrompt = <
  Input extends Schema = Schema<NoArguments>,
  Used extends Uses = UsesNothing,
>(
  options: PromptOptions<Input, Used>,
): PromptDefinition<Input, Used> => ({
  ...itemOf(options),
  // Without `input` the type parameter is its default, which is what NO_INPUT describes.
  input: options.input ?? (NO_INPUT as unknown as Input),
  complete: options.complete ?? {},
})
