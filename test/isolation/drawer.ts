/** A module where callers keep letters, each their own; it shows that the matrix finds its way. @module */
import * as z from 'zod'
import { defineServer, defineTool, type ServerDefinition, ToolError } from '../../src/sdk'

export function drawer(
  name: string,
  access: ServerDefinition['access'] = 'authenticated',
): ServerDefinition {
  /** By their id, with the principal who put them there. Lives as long as the test's isolate. */
  const letters = new Map<string, { text: string; owner: string }>()
  const scopes = access === 'public' ? [] : [`${name}:use`]
  const input = z.object({ id: z.string() })
  const letterOf = (id: string, reader: string) => {
    const letter = letters.get(id)
    // The same words for a letter of somebody else as for none.
    if (letter?.owner !== reader) throw new ToolError('no_such_letter', `There is no letter ${id}.`)
    return letter
  }
  return defineServer({
    name,
    version: '1.0.0',
    access,
    scopes: Object.fromEntries(scopes.map((scope) => [scope, 'Use the drawer'])),
    tools: [
      defineTool({
        name: 'put',
        description: 'Puts a letter into the drawer.',
        scopes,
        input: z.object({ text: z.string() }),
        output: z.object({ id: z.string() }),
        run({ text }, { caller }) {
          const id = crypto.randomUUID()
          letters.set(id, { text, owner: caller.principal.id })
          return { id }
        },
      }),
      defineTool({
        name: 'read',
        description: 'Reads a letter.',
        scopes,
        input,
        run: ({ id }, { caller }) => letterOf(id, caller.principal.id).text,
      }),
      defineTool({
        name: 'burn',
        description: 'Burns a letter.',
        scopes,
        input,
        run({ id }, { caller }) {
          letterOf(id, caller.principal.id)
          letters.delete(id)
          return 'burnt'
        },
      }),
    ],
  })
}
