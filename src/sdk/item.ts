import type { FormSchema } from '../handler'
import type { Icon } from '../protocol'
import type { Role, ToolContextFor, Uses } from './context'

/** The `uses` of an item that names none. */
export type UsesNothing = Record<never, never>

/** What tools, resources, resource templates and prompts are declared with alike. */
export interface ItemOptions<Used extends Uses> {
  /** 1 to 64 characters of `A-Za-z0-9_-.`, unique among its kind in the module. */
  name: string
  /** For people. */
  title?: string
  /** For whoever picks it, a model or a person. */
  description: string
  /** Each an https or `data:` URL. */
  icons?: Icon[]
  /** All are needed, and each is declared by the module. */
  scopes?: readonly string[]
  /**
   * Who may ever use it: whoever has one of these roles. For anybody else it does not exist,
   * neither in lists nor by name. Everyone, unless given.
   */
  roles?: readonly Role[]
  /** What its functions find in their context beside the usual; the module declares it too. */
  uses?: Used
  /**
   * Schemas that it asks with, by a name of your own: start-up then refuses what a form cannot ask.
   * One that is not listed here is checked when it is first used.
   */
  forms?: Readonly<Record<string, FormSchema>>
  /**
   * Capabilities the client must have declared, shaped like MCP's ClientCapabilities. What cannot do
   * without asking says `{ elicitation: {} }`, or `{ elicitation: { url: {} } }`, and is not begun
   * for a client that cannot ask.
   */
  clientCapabilities?: Record<string, Record<string, unknown>>
  /** How long each of its functions may take, in milliseconds; 30,000 unless set. */
  timeoutMs?: number
  _meta?: Record<string, unknown>
}

/** An item with the defaults filled in. */
export interface Item<Used extends Uses = Uses> extends ItemOptions<Used> {
  readonly scopes: readonly string[]
  readonly timeoutMs: number
}

export const DEFAULT_TIMEOUT_MS = 30_000

/** An item's options with the defaults filled in. */
export const itemOf = <Options extends ItemOptions<Uses>>(
  options: Options,
): Options & Pick<Item, 'scopes' | 'timeoutMs'> => ({
  ...options,
  scopes: options.scopes ?? [],
  timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
})

/**
 * What one argument could be, best first: all that comes into question, of which 100 are sent. When
 * there are more than you look for, say how many in all, or that there are.
 */
export type Completions =
  | readonly string[]
  | { values: readonly string[]; total?: number; hasMore?: boolean }

/**
 * Completes one argument from what has been typed of it, `value`. `chosen` is what the other
 * arguments are so far, as the client says. Nothing of it has been checked: it is half a word.
 *
 * The type of a method, so that lists can hold items of every `uses`.
 */
export type Complete<Used extends Uses = Uses> = {
  complete(
    value: string,
    context: ToolContextFor<Used>,
    chosen: Readonly<Record<string, string>>,
  ): Completions | Promise<Completions>
}['complete']

/** The completions of an item, by the argument's name. */
export type Completers = Readonly<Record<string, Complete | undefined>>
