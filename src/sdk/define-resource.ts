import type { Annotations, Icon } from '../protocol'
import type { ToolContextFor, Uses } from './context'
import {
  type Complete,
  type Completers,
  type Item,
  type ItemOptions,
  itemOf,
  type UsesNothing,
} from './item'

/**
 * What `read` may return: text, bytes, or several parts. `undefined` says that there is no such
 * resource; an empty list says that there is, with nothing in it.
 */
export type ReadResult = string | Uint8Array | readonly ResourcePart[] | undefined

/** One of several things that a resource holds, such as a file of a folder. */
export interface ResourcePart {
  content: string | Uint8Array
  /** The address that was asked for, unless given. */
  uri?: string
  /** That of the resource, unless given. */
  mimeType?: string
  _meta?: Record<string, unknown>
}

/** What clients are told of something readable before they read it. */
interface Readable {
  /** `type/subtype`; `text/plain` or `application/octet-stream` by what `read` returns, unless given. */
  mimeType?: string
  annotations?: Annotations
  /** How long clients of 2026-07-28 may keep what they read, in seconds; not at all unless given. */
  cacheSeconds?: number
  /**
   * Whether each caller reads something of their own at one address: then `ctx.notify` tells nobody
   * else that it has changed.
   */
  perCaller?: boolean
}

export interface ResourceOptions<Used extends Uses = UsesNothing>
  extends ItemOptions<Used>,
    Readable {
  /**
   * Its address, with a scheme of your own: clients take `https:` for something to fetch without
   * you. Compared to the letter.
   */
  uri: string
  /** Bytes, where that is known beforehand. */
  size?: number
  read(context: ToolContextFor<Used>): ReadResult | Promise<ReadResult>
}

/** Something that can be read at one address. */
export interface ResourceDefinition<Used extends Uses = Uses> extends ResourceOptions<Used> {
  readonly scopes: Item['scopes']
  readonly timeoutMs: number
}

/**
 * Declares a resource. As with `defineTool`, a faulty definition is refused when the platform
 * starts.
 */
export const defineResource = <Used extends Uses = UsesNothing>(
  options: ResourceOptions<Used>,
): ResourceDefinition<Used> => itemOf(options)

/** The variables of a URI template: `'zone'` of `'time://{zone}'`. */
export type TemplateVariable<Template extends string> = string extends Template
  ? string
  : Template extends `${string}{${infer Expression}}${infer Rest}`
    ? (Expression extends `+${infer Name}` ? Name : Expression) | TemplateVariable<Rest>
    : never

/** One resource of a template, as lists show it. */
export interface ListedResource {
  /** One that the template matches. */
  uri: string
  name: string
  title?: string
  description?: string
  /** That of the template, unless given. */
  mimeType?: string
  /** Bytes. */
  size?: number
  icons?: Icon[]
  annotations?: Annotations
  _meta?: Record<string, unknown>
}

/** A page of resources. */
export interface ResourceList {
  /** At most 1,000. */
  resources: readonly ListedResource[]
  /** What the next call of `list` gets, where there is more; clients see it sealed. */
  nextCursor?: string
}

export interface ResourceTemplateOptions<Template extends string, Used extends Uses = UsesNothing>
  extends ItemOptions<Used>,
    Readable {
  /**
   * The address with variables: `{id}` for one part of a path, `{+path}` for one with slashes in
   * it. A resource with exactly the address asked for goes before a template.
   */
  uriTemplate: Template
  /** Completes variables while somebody types them. */
  complete?: { readonly [Variable in TemplateVariable<Template>]?: Complete<Used> }
  /**
   * The resources there are, or some of them, for `resources/list`. Called for those who may read
   * them; the first page without a cursor.
   */
  list?(
    cursor: string | undefined,
    context: ToolContextFor<Used>,
  ): ResourceList | Promise<ResourceList>
  /** `variables` are decoded and not empty; beyond that they are whatever somebody asked for. */
  read(
    variables: Readonly<Record<TemplateVariable<Template>, string>>,
    context: ToolContextFor<Used>,
  ): ReadResult | Promise<ReadResult>
}

/** Resources whose addresses follow one pattern. */
export interface ResourceTemplateDefinition<
  Template extends string = string,
  Used extends Uses = Uses,
> extends Omit<ResourceTemplateOptions<Template, Used>, 'complete'> {
  readonly scopes: Item['scopes']
  readonly timeoutMs: number
  readonly complete: Completers
}

/** Declares resources whose addresses follow one pattern. */
export const defineResourceTemplate = <
  const Template extends string,
  Used extends Uses = UsesNothing,
>(
  options: ResourceTemplateOptions<Template, Used>,
): ResourceTemplateDefinition<Template, Used> => ({
  ...itemOf(options),
  complete: options.complete ?? {},
})
