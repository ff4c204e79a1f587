/** The same modules on the official SDK's handler, set up as its documentation shows. @module */
import { createMcpHandler } from '@modelcontextprotocol/server'
import * as servers from './official-server'

const one = createMcpHandler(servers.one)
const hundred = createMcpHandler(servers.hundred)

export default {
  fetch(request: Request): Promise<Response> {
    return (request.url.endsWith('/hundred/mcp') ? hundred : one).fetch(request)
  },
}
