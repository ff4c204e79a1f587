import { type Item, type ItemOptions, itemOf, type UsesNothing } from './item'

/**
 * Origins that hosts let an app reach, such as `https://api.example.com`. What is left out is
 * blocked, so an app that carries all of its own needs none.
 */
export interface AppCsp {
  /** For `fetch` and sockets: https and wss. */
  connectDomains?: readonly string[]
  /** For scripts, styles, images, fonts, media; `https://*.example.com` is all below that name. */
  resourceDomains?: readonly string[]
  /** For frames within it. */
  frameDomains?: readonly string[]
  /** For `<base href>`. */
  baseUriDomains?: readonly string[]
}

/** Something of the browser that an app may ask its host for. */
export type AppPermission = (typeof APP_PERMISSIONS)[number]

export const APP_PERMISSIONS = ['camera', 'microphone', 'geolocation', 'clipboardWrite'] as const

export interface AppOptions
  extends Pick<ItemOptions<UsesNothing>, 'name' | 'title' | 'description' | 'icons' | '_meta'> {
  /**
   * Its address, such as `ui://support/ticket-board`. Hosts may keep what they read there: give a
   * version that old tools cannot live with another address.
   */
  uri: string
  /**
   * The whole document, with its scripts and styles in it. Code, never data: whoever may use the
   * module can read it, and hosts may load it before anything is called.
   */
  html: string
  /** How long clients of 2026-07-28 may keep it, in seconds; not at all unless given. */
  cacheSeconds?: number
  csp?: AppCsp
  /** Hosts may refuse each, so look for it in the app before you use it. */
  permissions?: readonly AppPermission[]
  /** A host of its own for the app, in the form that the client it is meant for asks for. */
  domain?: string
  /** Whether the host should draw a border and a background; it decides unless told. */
  prefersBorder?: boolean
}

/** An interface that hosts show beside the result of a tool. */
export interface AppDefinition extends AppOptions {
  readonly scopes: Item['scopes']
  readonly timeoutMs: number
}

/**
 * Declares an app (MCP Apps, 2026-01-26). It is hosted with the first tool that names it in `ui`,
 * and read at its address; lists of resources leave it out, since nobody picks it there.
 */
export const defineApp = (options: AppOptions): AppDefinition => itemOf(options)

/** Who a tool is for: `model` lists it to the model, `app` lets apps of this module call it. */
export type ToolVisibility = (typeof TOOL_VISIBILITIES)[number]

export const TOOL_VISIBILITIES = ['model', 'app'] as const

/** What a tool is to hosts with an interface. */
export interface ToolUi {
  /** Shown with what the tool returns. Its text has to do for everybody else. */
  app?: AppDefinition
  /**
   * Both, unless given. Hosts keep to it, nobody else: a tool for apps only is listed to every
   * client and checks its caller as any other does.
   */
  visibility?: readonly ToolVisibility[]
}
