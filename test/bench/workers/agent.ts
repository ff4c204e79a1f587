/** The same tool on `McpAgent` of the `agents` package, set up as its documentation shows. @module */
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { McpAgent } from 'agents/mcp'
import * as z from 'zod'

export class BenchAgent extends McpAgent {
  server = new McpServer({ name: 'bench', version: '1.0.0' })

  async init(): Promise<void> {
    this.server.registerTool(
      'echo',
      {
        title: 'Echo',
        description: 'Says what it was told.',
        annotations: { readOnlyHint: true, openWorldHint: false },
        inputSchema: { text: z.string().max(200).describe('What to say') },
      },
      ({ text }) => ({ content: [{ type: 'text', text }] }),
    )
  }
}

export default BenchAgent.serve('/one/mcp', { binding: 'AGENT' })
