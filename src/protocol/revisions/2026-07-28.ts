import type { RevisionCodec } from '../codec'

/** The current revision: the core's own shapes, with `resultType` on every result (M-30). */
export const codec20260728: RevisionCodec = {
  revision: '2026-07-28',
  primesStreams: false,
  tool: (tool) => ({ ...tool }),
  resource: (resource) => ({ ...resource }),
  resourceTemplate: (template) => ({ ...template }),
  prompt: (prompt) => ({ ...prompt }),
  callResult: (result) => ({ resultType: 'complete', ...result }),
  readResult: (result) => ({ resultType: 'complete', ...result }),
  promptResult: (result) => ({ resultType: 'complete', ...result }),
  completeResult: (result) => ({ resultType: 'complete', ...result }),
  invalidInput: (message) => ({ content: [{ type: 'text', text: message }], isError: true }),
  errorCode: ({ code }) => code,
  serverInfo: (info) => ({ ...info }),
  clientCapabilities: (declared) => declared,
  question: ({ params }) => params,
}
