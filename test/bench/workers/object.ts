/** The yardstick of a session call: one call to a Durable Object, which does the echoing. @module */
import { DurableObject } from 'cloudflare:workers'

interface EchoCall {
  id: number
  params: { arguments: { text: string } }
}

export class Echo extends DurableObject {
  echo({ id, params }: EchoCall) {
    const { text } = params.arguments
    return { jsonrpc: '2.0', id, result: { content: [{ type: 'text', text }] } }
  }
}

export default {
  async fetch(
    request: Request,
    { ECHO }: { ECHO: DurableObjectNamespace<Echo> },
  ): Promise<Response> {
    const stub = ECHO.get(ECHO.idFromName('the one'))
    return Response.json(await stub.echo(await request.json<EchoCall>()))
  },
}
