/** A module with something to protect, for tests of the record. @module */
import * as z from 'zod'
import { definePrompt, defineResourceTemplate, defineServer, defineTool } from '../../src/sdk'

const input = z.object({ word: z.string() })

const look = defineTool({
  name: 'look',
  description: 'Reads.',
  scopes: ['vault:read'],
  annotations: { readOnlyHint: true, openWorldHint: false },
  input,
  run: ({ word }) => `seen ${word.length}`,
})

const store = defineTool({
  name: 'store',
  description: 'Writes.',
  scopes: ['vault:write'],
  input,
  run: ({ word }) => `stored ${word.length}`,
})

const stumble = defineTool({
  name: 'stumble',
  description: 'Fails with its argument in its mouth.',
  scopes: ['vault:read'],
  annotations: { readOnlyHint: true, openWorldHint: false },
  input,
  run({ word }): string {
    throw new Error(`cannot parse ${JSON.stringify({ word })}`)
  },
})

const word = defineResourceTemplate({
  name: 'word',
  description: 'One word.',
  uriTemplate: 'vault://words/{word}',
  scopes: ['vault:read'],
  list: () => ({ resources: [{ uri: 'vault://words/a', name: 'a' }] }),
  read: () => 'hello',
})

const riddle = definePrompt({
  name: 'riddle',
  description: 'A riddle.',
  scopes: ['vault:read'],
  input,
  complete: { word: (typed) => [typed] },
  run: ({ word }) => `What is ${word}?`,
})

/** Times the writing tool of `open` ran. */
export const effects = { count: 0 }

const change = defineTool({
  name: 'change',
  description: 'Changes something, for anybody.',
  run() {
    effects.count += 1
    return 'changed'
  },
})

const glance = defineTool({
  name: 'glance',
  description: 'Changes nothing.',
  annotations: { readOnlyHint: true, openWorldHint: false },
  run: () => 'glanced',
})

export const vault = defineServer({
  name: 'vault',
  version: '1.0.0',
  scopes: { 'vault:read': 'Look', 'vault:write': 'Store' },
  tools: [look, store, stumble],
  resourceTemplates: [word],
  prompts: [riddle],
})

export const open = defineServer({
  name: 'open',
  version: '1.0.0',
  access: 'public',
  tools: [change, glance],
})
