import { isObject } from '../../lib'
import type { RevisionCodec } from '../codec'
import type { JsonSchema } from '../wire'

/** The last revision with a handshake: structured output is an object, or it is text only. */
export const codec20251125: RevisionCodec = {
  revision: '2025-11-25',
  primesStreams: true,
  tool({ outputSchema, ...tool }) {
    return hasObjectRoot(outputSchema) ? { ...tool, outputSchema } : tool
  },
  callResult({ structuredContent, ...result }) {
    return isObject(structuredContent) ? { ...result, structuredContent } : result
  },
  invalidInput: (message) => ({ content: [{ type: 'text', text: message }], isError: true }),
  serverInfo: (info) => ({ ...info }),
}

/** Before 2026-07-28 an output schema says `type: "object"` at its root (H-79). */
const hasObjectRoot = (schema: JsonSchema | undefined): schema is JsonSchema =>
  schema?.type === 'object'
