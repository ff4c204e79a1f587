/** A module that keeps notes by `ctx.state`: what the platform itself hands out handles for. @module */
import * as z from 'zod'
import { defineServer, defineState, defineTool, type ServerDefinition } from '../../src/sdk'

const note = defineState({ name: 'note', schema: z.string(), initial: '' })
const shared = { scopes: ['satchel:use'], uses: { state: { note } } } as const
const input = z.object({ handle: z.string() })

export const satchel: ServerDefinition = defineServer({
  name: 'satchel',
  version: '1.0.0',
  scopes: { 'satchel:use': 'Use the satchel' },
  tools: [
    defineTool({
      ...shared,
      name: 'write',
      description: 'Keeps a note.',
      input: z.object({ text: z.string() }),
      output: input,
      async run({ text }, { state }) {
        const open = await state.note.open()
        await open.write(text)
        return { handle: open.handle }
      },
    }),
    defineTool({
      ...shared,
      name: 'read',
      description: 'Reads a note.',
      input,
      run: async ({ handle }, { state }) => (await state.note.open(handle)).value,
    }),
    defineTool({
      ...shared,
      name: 'append',
      description: 'Adds to a note.',
      input,
      async run({ handle }, { state }) {
        const open = await state.note.open(handle)
        await open.update((text) => `${text} and more`)
        return 'done'
      },
    }),
    defineTool({
      ...shared,
      name: 'drop',
      description: 'Drops a note.',
      input,
      async run({ handle }, { state }) {
        await (await state.note.open(handle)).delete()
        return 'done'
      },
    }),
  ],
})
