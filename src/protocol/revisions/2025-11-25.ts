import { isObject } from '../../lib'
import type { RevisionCodec } from '../codec'
import type { JsonSchema } from '../wire'

/** Resources had a code of their own, which 2026-07-28 forbids (H-76, M-22). */
const RESOURCE_NOT_FOUND = -32002

/** The last revision with a handshake: structured output is an object, or it is text only. */
export const codec20251125: RevisionCodec = {
  revision: '2025-11-25',
  primesStreams: true,
  tool({ outputSchema, ...tool }) {
    return hasObjectRoot(outputSchema) ? { ...tool, outputSchema } : tool
  },
  resource: (resource) => ({ ...resource }),
  resourceTemplate: (template) => ({ ...template }),
  prompt: (prompt) => ({ ...prompt }),
  callResult({ structuredContent, ...result }) {
    return isObject(structuredContent) ? { ...result, structuredContent } : result
  },
  readResult: ({ ttlMs: _, ...result }) => result,
  promptResult: (result) => ({ ...result }),
  completeResult: (result) => ({ ...result }),
  invalidInput: (message) => ({ content: [{ type: 'text', text: message }], isError: true }),
  errorCode: ({ kind, code }) => (kind === 'resource_not_found' ? RESOURCE_NOT_FOUND : code),
  serverInfo: (info) => ({ ...info }),
  clientCapabilities: (declared) => declared,
  // A page is told from another one by an id of its own (H-87).
  question: ({ params }, id) =>
    params?.mode === 'url' ? { ...params, elicitationId: id } : params,
}

/** Before 2026-07-28 an output schema says `type: "object"` at its root (H-79). */
const hasObjectRoot = (schema: JsonSchema | undefined): schema is JsonSchema =>
  schema?.type === 'object'
