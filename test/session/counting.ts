/** A module whose tools take their time, for tests that kill the platform under its clients. @module */
import * as z from 'zod'
import { defineServer, defineTool, type ServerDefinition, type ToolContext } from '../../src/sdk'

const input = z.object({ to: z.int().min(1).max(10_000), everyMs: z.int().min(0).max(60_000) })

async function count(
  { to, everyMs }: z.output<typeof input>,
  { progress, signal }: ToolContext,
  version: string,
): Promise<string> {
  for (let value = 1; value <= to && !signal.aborted; value++) {
    await new Promise((resolve) => setTimeout(resolve, everyMs))
    progress(value, to)
  }
  return `counted to ${to} by ${version}`
}

/** The tools that count, and say which version did. */
export const countTools = (version: string) => [
  defineTool({
    name: 'count_again',
    description: 'Counts; may be repeated.',
    annotations: { readOnlyHint: true, openWorldHint: false },
    timeoutMs: 120_000,
    input,
    run: (args, context) => count(args, context, version),
  }),
  defineTool({
    name: 'count_once',
    description: 'Counts; must not be repeated.',
    timeoutMs: 120_000,
    input,
    run: (args, context) => count(args, context, version),
  }),
]

export const counting = (version: string): ServerDefinition =>
  defineServer({
    name: 'counting',
    version,
    access: 'public',
    tools: [
      ...countTools(version),
      defineTool({
        name: 'fill',
        description: 'Sends as many messages of that length as fast as it can.',
        annotations: { readOnlyHint: true, openWorldHint: false },
        timeoutMs: 120_000,
        input: z.object({ messages: z.int().max(10_000), chars: z.int().max(1_000_000) }),
        async run({ messages, chars }, { log }) {
          for (let sent = 0; sent < messages; sent++) {
            log.info('x'.repeat(chars))
            if (sent % 10 === 9) await new Promise((resolve) => setTimeout(resolve))
          }
          return `sent ${messages}`
        },
      }),
    ],
  })
