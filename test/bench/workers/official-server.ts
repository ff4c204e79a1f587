import { McpServer } from '@modelcontextprotocol/server'
import * as z from 'zod'

/** The modules of the bench in the official SDK's server, of which a handler makes one per request. */
const factoryOf = (tools: string[]) => (): McpServer => {
  const server = new McpServer({ name: 'bench', version: '1.0.0' })
  for (const name of tools) {
    server.registerTool(
      name,
      {
        title: 'Echo',
        description: 'Says what it was told.',
        annotations: { readOnlyHint: true, openWorldHint: false },
        inputSchema: z.object({ text: z.string().max(200).describe('What to say') }),
      },
      ({ text }) => ({ content: [{ type: 'text', text }] }),
    )
  }
  return server
}

export const one = factoryOf(['echo'])
export const hundred = factoryOf(Array.from({ length: 100 }, (_, index) => `echo_${index + 1}`))
