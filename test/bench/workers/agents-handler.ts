/** The same on the handler of the `agents` package, set up as its documentation shows. @module */
import { createMcpHandler } from 'agents/mcp/server'
import * as servers from './official-server'

const one = createMcpHandler(servers.one, { route: '/one/mcp' })
const hundred = createMcpHandler(servers.hundred, { route: '/hundred/mcp' })

export default {
  fetch(request: Request, env: unknown, context: ExecutionContext): Promise<Response> {
    return (request.url.endsWith('/hundred/mcp') ? hundred : one)(request, env, context)
  },
}
