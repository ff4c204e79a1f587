/** What the pages of signing in, consent and account are made of: plain data, as in `views.ts`. */
import type { PromptView, ResourceView, ToolView } from './views'

/** A person who signs in, as the pages name them. */
export interface PersonView {
  name: string
  email?: string | undefined
}

export interface SignInView {
  /** Path all forms of the page are posted to. */
  action: string
  csrf: string
  /** Where to go on after the sign-in, given back as it came. */
  returnTo: string
  /** Which installation this is, such as `mcp.example.com`. */
  host?: string | undefined
  /** The client that waits for the sign-in, if one does. */
  clientName?: string | undefined
  /** Signing in by name alone. Set only where the developer sign-in is allowed. */
  developer?: { people: (PersonView & { id: string; role: 'operator' | 'member' })[] } | undefined
  /** Set when passkeys can be used. */
  passkey?: PasskeyView | undefined
  /** Who is signed in already, and is to confirm that it is them. */
  signedInAs?: PersonView | undefined
  /** What has just been done. */
  outcome?: OutcomeView | undefined
  /** Why the last attempt failed, in one sentence. */
  error?: string | undefined
}

export interface PasskeyView {
  /**
   * `PublicKeyCredentialRequestOptionsJSON` or `PublicKeyCredentialCreationOptionsJSON` (Web
   * Authentication Level 3 §5.1), with binary values in base64url.
   */
  options: object
  /** How long they are good for, from when the page was made. */
  lifetimeSeconds: number
}

/** What a form did, or why it did not, in one sentence or two. */
export interface OutcomeView {
  failed?: boolean | undefined
  text: string
}

export type SetupView =
  | {
      done?: false | undefined
      action: string
      csrf: string
      host?: string | undefined
      /** For registering; `user.name` and `user.displayName` become the name that is typed in. */
      passkey: PasskeyView
      error?: string | undefined
    }
  | { done: true; host?: string | undefined }

/** The client as it is known to the platform. Its name is its own choice, its domain is not. */
export interface ClientView {
  name: string
  /** ASCII. Set only when the client has proved that it is this domain's. */
  domain?: string | undefined
  /** It is a page of this platform itself. */
  isOurs?: boolean | undefined
  /** Where the answer goes: `claude.ai`, `localhost:33418`, `cursor://anysphere.cursor-mcp`. */
  redirectHost: string
  /** The answer goes to a program on the person's computer: a loopback address or an app's scheme. */
  loopback: boolean
  /** The client's own page, by its own account. Shown as text, never as a link. */
  uri?: string | undefined
}

export interface ConsentScopeView {
  /** As in OAuth, such as `notes:read`. */
  name: string
  /** The same in words, such as `Read your notes`. */
  description: string
  /** Cannot be left out. */
  required?: boolean | undefined
  checked: boolean
  /** An earlier decision covers it. */
  alreadyGranted?: boolean | undefined
  /** In words, those that come with it whether they are ticked or not. */
  includes?: string[] | undefined
  tools: Pick<ToolView, 'title' | 'description' | 'effect' | 'openWorld'>[]
  resources: Pick<ResourceView, 'title' | 'description'>[]
  prompts: Pick<PromptView, 'title' | 'description'>[]
}

export interface ConsentView {
  /** Path the decision is posted to. */
  action: string
  /** Names the waiting authorization request; also what stops a forged post. */
  handle: string
  host?: string | undefined
  person: PersonView
  client: ClientView
  module: { title: string; name: string; description?: string | undefined }
  scopes: ConsentScopeView[]
  /** The client may stay connected while the person is away. */
  offlineAccess: boolean
  /** Path that `handle` and `returnTo` are posted to, to decide as somebody else. */
  switchAccountAction?: string | undefined
  /** Where to go on after that: the authorization request once more. */
  returnTo?: string | undefined
}

/** The way out of consent, for a client that was waiting. */
export interface ReturnView {
  client: Pick<ClientView, 'name'>
  host?: string | undefined
  allowed: boolean
  /** The client's registered redirect URI with the answer in it. */
  href: string
}

export interface ConnectionView {
  grantId: string
  clientName: string
  clientDomain?: string | undefined
  /** See `ClientView`. */
  isOurs?: boolean | undefined
  /** The URL that was asked for when it was connected. */
  resource: string
  /** The module behind it, unless it is not hosted here any more. */
  module?: { name: string; title: string; isOpen: boolean } | undefined
  /** All that it amounts to; a description is known as long as the module is. */
  scopes: { name: string; description?: string | undefined }[]
  /** Epoch seconds, like every time on these pages. */
  createdAt: number
  lastUsedAt?: number | undefined
  expiresAt?: number | undefined
}

export interface AccountPasskeyView {
  id: string
  /** The person's own word for it, unless they have none. */
  name?: string | undefined
  createdAt: number
  lastUsedAt?: number | undefined
  /** It is what this browser is signed in with. */
  isCurrent: boolean
  /** Without it nobody could sign in as this person, so it stays. */
  isOnlyWayIn: boolean
}

/** Whether a passkey can be added now. The others can be removed in the same cases but `full`. */
export type NewPasskeyView =
  /** Only after signing in once more, at `href`. */
  | { kind: 'unconfirmed'; href: string }
  | { kind: 'full'; max: number }
  | ({ kind: 'ready'; challenge: string } & PasskeyView)

export interface AccountView {
  person: PersonView & { role: 'operator' | 'member' }
  csrf: string
  host?: string | undefined
  connections: ConnectionView[]
  passkeys: AccountPasskeyView[]
  newPasskey: NewPasskeyView
  /** Paths that the forms are posted to, all with `csrf`. */
  actions: {
    signOut: string
    /** With the `grant` to end. */
    disconnect: string
    /** With `challenge`, `label` and `credential` (`RegistrationResponseJSON` as JSON). */
    addPasskey: string
    /** With `passkey` and `label`. */
    renamePasskey: string
    /** With `passkey`. */
    removePasskey: string
  }
  /** What has just been done. */
  outcome?: OutcomeView | undefined
}
