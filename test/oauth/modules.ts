/** Two modules that need a token, so that a token of one can knock at the other. @module */
import * as z from 'zod'
import {
  definePrompt,
  defineResource,
  defineResourceTemplate,
  defineServer,
  defineTool,
} from '../../src/sdk'

const readNote = defineTool({
  name: 'read_note',
  description: 'Reads a note.',
  scopes: ['desk:read'],
  annotations: { readOnlyHint: true, openWorldHint: false },
  run: () => 'a note',
})

const writeNote = defineTool({
  name: 'write_note',
  description: 'Writes a note.',
  scopes: ['desk:write'],
  input: z.object({ text: z.string().optional() }),
  run: () => 'written',
})

const shredNotes = defineTool({
  name: 'shred_notes',
  description: 'Shreds every note.',
  scopes: ['desk:write', 'desk:shred'],
  annotations: { destructiveHint: true },
  run: () => 'shredded',
})

const audit = defineTool({
  name: 'audit_notes',
  description: 'For operators only.',
  scopes: ['desk:read'],
  roles: ['operator'],
  annotations: { readOnlyHint: true, openWorldHint: false },
  run: () => 'audited',
})

const whoAmI = defineTool({
  name: 'who_am_i',
  description: 'Whom the platform takes the caller for, and everything a tool is told.',
  scopes: ['desk:read'],
  annotations: { readOnlyHint: true, openWorldHint: false },
  run: (_, context) => JSON.stringify({ caller: context.caller, context: Object.keys(context) }),
})

const shredder = defineResource({
  name: 'shredder',
  description: 'What was shredded.',
  uri: 'desk://shredder',
  scopes: ['desk:write', 'desk:shred'],
  read: () => 'nothing',
})

const note = defineResourceTemplate({
  name: 'note',
  description: 'One note.',
  uriTemplate: 'desk://notes/{id}',
  scopes: ['desk:read'],
  list: (cursor) =>
    cursor === undefined
      ? { resources: [{ uri: 'desk://notes/1', name: 'one' }], nextCursor: 'more' }
      : { resources: [{ uri: 'desk://notes/2', name: 'two' }] },
  read: ({ id }) => `note ${id}`,
})

const tidy = definePrompt({
  name: 'tidy',
  description: 'For operators only.',
  scopes: ['desk:read'],
  roles: ['operator'],
  run: () => 'Tidy up.',
})

export const desk = defineServer({
  name: 'desk',
  version: '1.0.0',
  title: 'Desk',
  scopes: {
    'desk:read': 'Read notes',
    'desk:write': { description: 'Write notes', covers: ['desk:read'] },
    'desk:shred': 'Shred notes',
  },
  tools: [readNote, writeNote, shredNotes, audit, whoAmI],
  resources: [shredder],
  resourceTemplates: [note],
  prompts: [tidy],
})

const openVault = defineTool({
  name: 'open_vault',
  description: 'Opens the vault.',
  scopes: ['vault:open'],
  annotations: { readOnlyHint: true, openWorldHint: false },
  run: () => 'open',
})

export const vault = defineServer({
  name: 'vault',
  version: '1.0.0',
  title: 'Vault',
  scopes: { 'vault:open': 'Open the vault' },
  tools: [openVault],
})

const ring = defineTool({ name: 'ring', description: 'Rings.', run: () => 'ding' })

/** Open to everyone. */
export const bell = defineServer({
  name: 'bell',
  version: '1.0.0',
  access: 'public',
  tools: [ring],
})

const greet = defineTool({
  name: 'greet',
  description: 'Greets whoever is signed in.',
  annotations: { readOnlyHint: true, openWorldHint: false },
  run: () => 'hello',
})

/** For anybody who is signed in; there is nothing to be granted. */
export const hall = defineServer({ name: 'hall', version: '1.0.0', title: 'Hall', tools: [greet] })

const lock = defineTool({
  name: 'lock',
  description: 'Locks the office.',
  scopes: ['office:lock'],
  roles: ['operator'],
  run: () => 'locked',
})

const knock = defineTool({
  name: 'knock',
  description: 'Knocks at the office.',
  scopes: ['office:knock'],
  run: () => 'knock',
})

/** One of its scopes is of no use to members. */
export const office = defineServer({
  name: 'office',
  version: '1.0.0',
  title: 'Office',
  scopes: {
    'office:lock': { description: 'Lock the office', covers: ['office:knock'] },
    'office:knock': 'Knock at the office',
    'office:spare': 'Nothing yet',
  },
  tools: [lock, knock],
})
