/** The yardstick: the least a Worker can do with the same request. @module */

interface EchoCall {
  id: number
  params: { arguments: { text: string } }
}

export default {
  async fetch(request: Request): Promise<Response> {
    const { id, params } = await request.json<EchoCall>()
    const { text } = params.arguments
    return Response.json({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text }] } })
  },
}
