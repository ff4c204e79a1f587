import type {
  AccountView,
  ConnectionView,
  ConsentScopeView,
  ConsentView,
  ReturnView,
  SetupView,
  SignInView,
} from '../../src/console'

/** Half past nine in the morning of 21 November 2026. */
export const NOW = Date.UTC(2026, 10, 21, 9, 30) / 1000
const DAY_SECONDS = 86_400

export const REQUEST_OPTIONS = { challenge: 'AAECAwQFBgcICQoLDA0ODw', rpId: 'localhost' }
export const CREATION_OPTIONS = {
  challenge: 'AAECAwQFBgcICQoLDA0ODw',
  rp: { id: 'localhost', name: 'Quayside' },
  user: { id: 'dXNlci0x', name: 'operator', displayName: 'Operator' },
  pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
  authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  attestation: 'none',
}

export const signIn: SignInView = {
  action: '/sign-in',
  csrf: 'csrf-1',
  returnTo: '/authorize?handle=h-1',
  host: 'localhost:8787',
  clientName: 'Claude',
  developer: {
    people: [
      { id: 'p-ada', name: 'Ada Lovelace', email: 'ada@example.com', role: 'operator' },
      { id: 'p-grace', name: 'Grace Hopper', role: 'member' },
    ],
  },
  passkey: { options: REQUEST_OPTIONS, lifetimeSeconds: 600 },
}

export const setup: Exclude<SetupView, { done: true }> = {
  action: '/setup/one-time',
  csrf: 'csrf-2',
  host: 'mcp.example.com',
  passkey: { options: CREATION_OPTIONS, lifetimeSeconds: 600 },
}

const scopes: ConsentScopeView[] = [
  {
    name: 'tickets:read',
    description: 'Read the tickets and comments of your projects',
    required: true,
    checked: true,
    tools: [
      {
        title: 'Search tickets',
        description: 'Tickets that match words, a state or a person. An empty list means none.',
        effect: 'read',
        openWorld: false,
      },
      {
        title: 'Read a ticket',
        description: 'One ticket with its comments, oldest first.',
        effect: 'read',
        openWorld: true,
      },
    ],
    resources: [{ title: 'Ticket', description: 'One ticket with its newest comments.' }],
    prompts: [{ title: 'Draft a reply', description: 'Asks for an answer. Nothing is sent.' }],
  },
  {
    name: 'tickets:write',
    description: 'Create, answer and close tickets',
    checked: true,
    alreadyGranted: true,
    includes: ['Read the tickets and comments of your projects'],
    tools: [
      {
        title: 'Create a ticket',
        description: `${'Creates one ticket and tells whoever watches the project. '.repeat(6)}\n\nLong.`,
        effect: 'change',
        openWorld: true,
      },
      {
        title: 'Delete a comment',
        description: 'Removes one comment for good. Use `archive_comment` to keep it.',
        effect: 'delete',
        openWorld: false,
      },
    ],
    resources: [],
    prompts: [],
  },
  {
    name: 'tickets:watch',
    description: 'Be told when a ticket changes',
    checked: false,
    tools: [],
    resources: [],
    prompts: [],
  },
]

export const consent: ConsentView = {
  action: '/authorize/decision',
  handle: 'handle-1',
  host: 'mcp.example.com',
  person: { name: 'Ada Lovelace', email: 'ada@example.com' },
  client: {
    name: 'Claude',
    domain: 'claude.ai',
    redirectHost: 'claude.ai',
    loopback: false,
  },
  module: {
    title: 'Support desk',
    name: 'support',
    description: 'The tickets your customers write, and your answers.',
  },
  scopes,
  offlineAccess: true,
  switchAccountAction: '/authorize/switch-account',
  returnTo: '/authorize?client_id=c-1',
}

/** The same from a client that proves nothing and answers to this computer. */
export const localConsent: ConsentView = {
  ...consent,
  client: {
    name: 'Visual Studio Code',
    redirectHost: '127.0.0.1:33418',
    loopback: true,
    uri: 'https://code.visualstudio.com',
  },
  offlineAccess: false,
}

export const connection: ConnectionView = {
  grantId: 'g-1',
  clientName: 'Claude',
  clientDomain: 'claude.ai',
  resource: 'https://mcp.example.com/support/mcp',
  module: { name: 'support', title: 'Support desk', isOpen: false },
  scopes: scopes.map(({ name, description }) => ({ name, description })),
  createdAt: NOW - 40 * DAY_SECONDS,
  lastUsedAt: NOW,
  expiresAt: NOW + 30 * DAY_SECONDS,
}

export const account: AccountView = {
  person: { name: 'Ada Lovelace', email: 'ada@example.com', role: 'operator' },
  csrf: 'csrf-3',
  host: 'mcp.example.com',
  connections: [
    connection,
    {
      grantId: 'g-2',
      clientName: 'Visual Studio Code',
      resource: 'https://mcp.example.com/time/mcp',
      module: { name: 'time', title: 'Time', isOpen: false },
      scopes: [],
      createdAt: NOW - 60,
    },
    {
      grantId: 'g-3',
      clientName: 'Cursor',
      resource: 'https://mcp.example.com/notes/mcp',
      scopes: [{ name: 'notes:read' }],
      createdAt: NOW - 90 * DAY_SECONDS,
    },
    {
      grantId: 'g-4',
      clientName: 'Zed',
      resource: 'https://mcp.example.com/weather/mcp',
      module: { name: 'weather', title: 'Weather', isOpen: true },
      scopes: [],
      createdAt: NOW - 90 * DAY_SECONDS,
    },
  ],
  passkeys: [
    {
      id: 'k-1',
      name: 'Phone',
      createdAt: NOW - 40 * DAY_SECONDS,
      lastUsedAt: NOW,
      isCurrent: true,
      isOnlyWayIn: false,
    },
    { id: 'k-2', createdAt: NOW - DAY_SECONDS, isCurrent: false, isOnlyWayIn: false },
  ],
  newPasskey: {
    kind: 'ready',
    options: CREATION_OPTIONS,
    lifetimeSeconds: 600,
    challenge: 'challenge-1',
  },
  actions: {
    signOut: '/sign-out',
    disconnect: '/account/disconnect',
    addPasskey: '/account/passkeys',
    renamePasskey: '/account/passkeys/rename',
    removePasskey: '/account/passkeys/remove',
  },
  outcome: { text: 'Claude is disconnected from Notes.' },
}

/** The same hours after signing in, by somebody with one passkey. */
export const unconfirmedAccount: AccountView = {
  ...account,
  person: { name: 'Grace Hopper', role: 'member' },
  passkeys: account.passkeys.slice(0, 1).map((passkey) => ({ ...passkey, isOnlyWayIn: true })),
  newPasskey: { kind: 'unconfirmed', href: '/sign-in?return_to=%2Faccount%23passkeys' },
  outcome: { failed: true, text: 'Nothing was removed.' },
}

export const goBack: ReturnView = {
  client: { name: 'Claude' },
  host: 'mcp.example.com',
  allowed: true,
  href: 'https://claude.ai/api/mcp/auth_callback?code=c-1&state=s-1',
}
