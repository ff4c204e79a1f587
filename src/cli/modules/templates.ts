/** What `npm run new` writes. Small, but nothing in it needs to be unlearned. @module */
import { databaseBinding } from '../../store/module-name.ts'
import { variableFor } from './module-list.ts'

export interface ModuleTemplate {
  name: string
  title: string
  access: 'public' | 'authenticated'
  /** With one, callers sign in: what is kept is kept for somebody. */
  database: boolean
}

/** The files of a new module, by their path in the project. */
export function moduleFiles(template: ModuleTemplate): Record<string, string> {
  const { name, database } = template
  const folder = `servers/${name}`
  return {
    ...(database && { [`${folder}/migrations/0001_create_notes.sql`]: MIGRATION }),
    [`${folder}/index.ts`]: database ? withNotes(template) : withEcho(template),
    [`${folder}/README.md`]: readme(template),
    [`test/servers/${name}.test.ts`]: database ? notesTest(template) : echoTest(template),
  }
}

const line = (wanted: boolean, text: string): string => (wanted ? `\n  ${text}` : '')
const quoted = (text: string): string => JSON.stringify(text)
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').replaceAll('*/', '* /')

const withEcho = ({ name, title, access }: ModuleTemplate): string => {
  const scoped = access === 'authenticated'
  return `
/** ${oneLine(title)}. ${scoped ? `Scope: \`${name}:read\`.` : 'Public: nobody signs in.'} Reaches nothing outside. @module */
import * as z from 'zod'
import { defineServer, defineTool } from '#sdk'

const echo = defineTool({
  name: 'echo',
  title: 'Echo',
  // For the model that picks the tool: what comes back, and what an empty answer means.
  description: 'Returns the text it was given and how many characters it has.',${line(scoped, `scopes: ['${name}:read'],`)}
  annotations: { readOnlyHint: true, openWorldHint: false },
  input: z.object({ text: z.string().min(1).max(1000).describe('Any text') }),
  output: z.object({ text: z.string(), characters: z.int() }),
  run: ({ text }) => ({ text, characters: [...text].length }),
})

export default defineServer({
  name: '${name}',
  version: '1.0.0',
  title: ${quoted(title)},
  access: '${access}',${line(scoped, `scopes: { '${name}:read': ${quoted(`Use ${title}`)} },`)}
  tools: [echo],
})
`
}

const withNotes = ({ name, title }: ModuleTemplate): string => `
/** ${oneLine(title)}. Scopes: \`${name}:read\`, \`${name}:write\`. Its data is in its own database. @module */
import * as z from 'zod'
import { defineServer, defineTool } from '#sdk'

const Note = z.object({ id: z.int(), text: z.string() })

const listNotes = defineTool({
  name: 'list_notes',
  title: 'List notes',
  // For the model that picks the tool: what comes back, and what an empty answer means.
  description: 'The newest 20 notes of the caller, newest first. None means nothing was noted yet.',
  scopes: ['${name}:read'],
  uses: { db: true },
  annotations: { readOnlyHint: true, openWorldHint: false },
  output: z.object({ notes: z.array(Note) }),
  async run(_, { db, caller }) {
    const { results } = await db
      .prepare('SELECT id, text FROM notes WHERE owner = ? ORDER BY id DESC LIMIT 20')
      .bind(caller.principal.id)
      .all<z.output<typeof Note>>()
    return { notes: results }
  },
})

const addNote = defineTool({
  name: 'add_note',
  title: 'Add a note',
  description: 'Keeps a note for the caller and returns it with its number.',
  scopes: ['${name}:write'],
  uses: { db: true },
  annotations: { destructiveHint: false, openWorldHint: false },
  input: z.object({ text: z.string().min(1).max(1000) }),
  output: Note,
  async run({ text }, { db, caller }) {
    const { meta } = await db
      .prepare('INSERT INTO notes (owner, text) VALUES (?, ?)')
      .bind(caller.principal.id, text)
      .run()
    return { id: meta.last_row_id, text }
  },
})

export default defineServer({
  name: '${name}',
  version: '1.0.0',
  title: ${quoted(title)},
  access: 'authenticated',
  scopes: {
    '${name}:read': 'Read your notes',
    '${name}:write': { description: 'Add notes in your name', covers: ['${name}:read'] },
  },
  uses: { db: true },
  tools: [listNotes, addNote],
})
`

const MIGRATION = `CREATE TABLE notes (
  id INTEGER PRIMARY KEY,
  owner TEXT NOT NULL, -- caller.principal.id
  text TEXT NOT NULL
) STRICT;

CREATE INDEX notes_by_owner ON notes (owner, id);
`

const readme = ({ name, title, access, database }: ModuleTemplate): string => {
  const scope = (word: string) => (access === 'public' ? 'none' : `\`${name}:${word}\``)
  const rows = database
    ? `| \`list_notes\` | nothing | the caller's newest 20 notes | ${scope('read')} |
| \`add_note\` | \`text\` | keeps a note | ${scope('write')} |`
    : `| \`echo\` | \`text\` | the same text and its length | ${scope('read')} |`
  return `# ${name}

${title}. ${access === 'public' ? 'Public.' : 'Callers sign in.'} Reaches nothing outside.${
    database ? ` Its data is in the module's own D1 database \`${databaseBinding(name)}\`.` : ''
  }

| tool | takes | does | scope |
| --- | --- | --- | --- |
${rows}
`
}

const echoTest = ({ name, access }: ModuleTemplate): string => {
  const variable = variableFor(name, RESERVED_IN_TESTS)
  const by = access === 'public' ? '' : `, { scopes: ['${name}:read'] }`
  return `
import { describe, expect, it } from 'vitest'
import ${variable} from '../../servers/${name}/index'
import { callModule } from './call-module'

const call = (args: unknown) => callModule(${variable}, 'echo', args${by})

describe('echo', () => {
  it('returns the text and how long it is', async () => {
    expect((await call({ text: 'grüezi' })).structuredContent).toEqual({
      text: 'grüezi',
      characters: 6,
    })
  })

  it.each([[''], [5], ['x'.repeat(1001)]])('refuses %j', async (text) => {
    expect((await call({ text })).outcome).toBe('invalid_input')
  })
})
`
}

const notesTest = ({ name }: ModuleTemplate): string => {
  const variable = variableFor(name, RESERVED_IN_TESTS)
  return `
import { describe, expect, it } from 'vitest'
import ${variable} from '../../servers/${name}/index'
import { callModule } from './call-module'

const call = (tool: string, args: unknown, id = 'ada') =>
  callModule(${variable}, tool, args, { id, scopes: ['${name}:write'] })

describe('notes', () => {
  it('are kept, and listed newest first', async () => {
    const first = await call('add_note', { text: 'first' })
    const second = await call('add_note', { text: 'second' })
    expect((await call('list_notes', {})).structuredContent).toEqual({
      notes: [second.structuredContent, first.structuredContent],
    })
  })

  it('are seen by their owner only', async () => {
    await call('add_note', { text: 'private' })
    expect((await call('list_notes', {}, 'eve')).structuredContent).toEqual({ notes: [] })
  })
})
`
}

/** Names that the tests have a use for. */
const RESERVED_IN_TESTS = 'describe expect it call callModule'
