/** What a page is made of: plain data that `app.ts` fills, so that no page reads a room by itself. */

/** One tool in words a person can judge it by. */
export interface ToolView {
  name: string
  title: string
  description: string
  /** The worst the tool can do: `change` adds or updates, `delete` may also destroy. */
  effect: 'read' | 'change' | 'delete'
  /** It talks to services beyond this host. */
  openWorld: boolean
  /** What it has to do with an app: hosts show one with its result, or keep it for apps. */
  app?: 'shows' | 'serves' | undefined
  parameters: ParameterView[]
}

/** Something that can be read: at one address, or at as many as its template has. */
export interface ResourceView {
  name: string
  title: string
  description: string
  /** A URI, or a URI template with its variables in braces. */
  address: string
  isTemplate: boolean
  mimeType?: string | undefined
}

/** A text to begin a conversation with, filled in by whoever picks it. */
export interface PromptView {
  name: string
  title: string
  description: string
  parameters: ParameterView[]
}

export interface ParameterView {
  name: string
  /** In words, such as `text` or `one of "A", "AAAA"`; see `describeParameters`. */
  type: string
  required: boolean
  description?: string | undefined
  /** What an optional parameter is when it is left out, as JSON. */
  defaultValue?: string | undefined
}

/** One module as its page and its entry on the home page show it. */
export interface ModuleView {
  /** Its path segment: the module page is `/<name>`. */
  name: string
  title: string
  version: string
  description?: string | undefined
  access: 'public' | 'authenticated'
  /** Absolute and ASCII, as `URL` writes it: `https://mcp.example.com/time/mcp`. */
  connectorUrl: string
  /** Whether it is in the lists of what is hosted here; the platform's own module is not. */
  isListed: boolean
  tools: ToolView[]
  resources: ResourceView[]
  prompts: PromptView[]
}

/** Where a person uses one module by hand. */
export interface PlaygroundView {
  module: Pick<ModuleView, 'name' | 'title' | 'access' | 'connectorUrl'>
  visitor: VisitorView
  /** How its script gets an access token; unset for a public module, which takes none. */
  authorization?:
    | {
        clientId: string
        redirectUri: string
        /** The id that has to stand in a token: whoever opened the page. */
        personId: string
        /** Asked for at first. */
        scopes: string[]
      }
    | undefined
}

export interface HomeView {
  /** The platform's own origin, `https://mcp.example.com`. */
  origin: string
  modules: ModuleView[]
  /** Unset where no way to an account is to be shown. */
  visitor?: VisitorView | undefined
}

/** Whoever looks at a page that is for everybody. */
export interface VisitorView {
  /** Their name, if they are signed in. */
  name?: string | undefined
}

/** Something went wrong or needs doing, and who reads this page may be the one to do it. */
export interface NoticeView {
  title: string
  /** One sentence: what happened. */
  message: string
  /** What to do about it. Words in backticks are set as code, here and in `message`. */
  remedy?: string | undefined
  /** The next step, where one link is it. */
  action?: { label: string; href: string } | undefined
  /** What someone who looks into it needs, folded away: `error`, `client_id`, a request id. */
  details?: { term: string; value: string }[] | undefined
}
