/** The same modules on the official SDK's handler, set up as its documentation shows. @module */
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import * as z from 'zod'

const handlerFor = (tools: string[]) =>
  createMcpHandler(() => {
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
  })

const one = handlerFor(['echo'])
const hundred = handlerFor(Array.from({ length: 100 }, (_, index) => `echo_${index + 1}`))

export default {
  fetch(request: Request): Promise<Response> {
    return (request.url.endsWith('/hundred/mcp') ? hundred : one).fetch(request)
  },
}
