/**
 * `ctx.fetch` in a Worker with nothing else, where `rebinding.example.com` is a name for whatever the
 * request says: what the name servers of an attacker do, once every check of the name is passed.
 *
 * @module
 */
import { createFetch } from '../../src/egress'
import { ToolError } from '../../src/sdk'

const NAME = 'https://rebinding.example.com'

export default {
  async fetch(request: Request): Promise<Response> {
    const leadsTo = new URL(request.url).searchParams.get('leads-to') ?? ''
    const reach = createFetch({
      module: 'lab',
      hosts: ['rebinding.example.com'],
      secrets: [],
      headers: {},
      signal: request.signal,
      network: (input, init) => fetch(String(input).replace(NAME, leadsTo), init),
    })
    try {
      return new Response(await (await reach(`${NAME}/`)).text())
    } catch (error) {
      if (error instanceof ToolError) {
        return Response.json({ code: error.code, message: error.message })
      }
      throw error
    }
  },
}
