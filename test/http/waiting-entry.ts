/**
 * A Worker with one module, whose tool waits until it is told to stop and writes to the log what
 * happens to it. For tests that pull the plug on real connections.
 *
 * @module
 */
import * as z from 'zod'
import { createWorker } from '../../src/app'
import { defineServer, defineTool } from '../../src/sdk'

// Every class that the configuration names, whichever comes to be named.
export * from '../../src/index'

const say = (event: string, key: string) => console.log(JSON.stringify({ event, key }))

const wait = defineTool({
  name: 'wait',
  description: 'Waits until nobody waits for it.',
  input: z.object({ key: z.string(), steps: z.boolean().default(false) }),
  async run({ key, steps }, { signal, progress }) {
    say('waiting', key)
    if (steps) progress(1)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    say('told to stop', key)
    return 'stopped'
  },
})

const echo = defineTool({
  name: 'echo',
  description: 'The text it was given.',
  input: z.object({ text: z.string() }),
  run: ({ text }) => text,
})

export default createWorker([
  defineServer({ name: 'waiting', version: '1.0.0', access: 'public', tools: [wait, echo] }),
])
