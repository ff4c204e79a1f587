/**
 * Where we answer otherwise than the official SDK, each with the section of the specification or
 * the client that makes us. A difference that is not here fails, and so does an entry that no
 * longer differs: whoever changes an answer reads this list.
 *
 * @module
 */

/** A section of the specification. */
type Section = `https://modelcontextprotocol.io/specification/${string}#${string}`

/** A client in the field, and the public thread in which it was seen. */
interface Client {
  client: string
  thread: `https://github.com/${string}`
}

export interface ReviewedDifference {
  /** The exchanges, by name; `*` stands for anything. */
  where: readonly [string, ...string[]]
  /** Either the whole answer is another, theirs first; or these facts of it are, `*` as above. */
  differs: { answers: readonly [official: string, ours: string] } | { facts: readonly string[] }
  because: Section | Client
  /** What we do, and why that follows. */
  why: string
}

const SPECIFICATION = 'https://modelcontextprotocol.io/specification'
const LIFECYCLE = `${SPECIFICATION}/2025-11-25/basic/lifecycle` as const
const HTTP_2025 = `${SPECIFICATION}/2025-11-25/basic/transports` as const
const HTTP_2026 = `${SPECIFICATION}/2026-07-28/basic/transports/streamable-http` as const
const BASIC_2026 = `${SPECIFICATION}/2026-07-28/basic/index` as const
const CACHING = `${SPECIFICATION}/2026-07-28/server/utilities/caching` as const

/** What an exchange of each revision with sessions is called. */
const inSessions = (...names: [string, ...string[]]) =>
  names.flatMap((name) => [`2025-03-26 ${name}`, `2025-06-18 ${name}`, `2025-11-25 ${name}`]) as [
    string,
    ...string[],
  ]
const everywhere = (...names: [string, ...string[]]) =>
  [...inSessions(...names), ...names.map((name) => `2026-07-28 ${name}`)] as [string, ...string[]]

export const REVIEWED: readonly ReviewedDifference[] = [
  // What no code of JSON-RPC or MCP says.
  {
    where: [
      'raw initialize as a notification',
      'raw * without a session',
      ...inSessions('an unknown version header'),
      '2026-07-28 a response',
    ],
    differs: { answers: ['400 error -32000', '400 error -32600'] },
    because: `${BASIC_2026}#error-codes`,
    why: 'Codes from -32019 to -32000 are not to be used by new implementations.',
  },
  {
    where: ['ended *', 'forged *'],
    differs: { answers: ['404 error -32001', '404 error -32600'] },
    because: `${BASIC_2026}#error-codes`,
    why: 'As above; the status says that the session is over.',
  },
  {
    where: ['raw PUT', 'raw PATCH'],
    differs: { answers: ['405 error -32000', '405 error -32600'] },
    because: `${BASIC_2026}#error-codes`,
    why: 'As above.',
  },
  {
    where: everywhere('no content type', 'another content type'),
    differs: { answers: ['415 error -32000', '415 error -32600'] },
    because: `${BASIC_2026}#error-codes`,
    why: 'As above.',
  },
  {
    where: inSessions('Accept without streams', 'Accept without JSON'),
    differs: { answers: ['406 error -32000', '406 error -32600'] },
    because: `${BASIC_2026}#error-codes`,
    why: 'As above.',
  },
  // The handshake.
  {
    where: [
      'raw initialize without a version',
      'raw initialize with a number *',
      'raw initialize without params',
    ],
    differs: { answers: ['400 error -32000', '200 error -32602'] },
    because: `${LIFECYCLE}#error-handling`,
    why: 'A handshake that cannot be agreed on is answered as a request with wrong parameters.',
  },
  {
    where: ['raw initialize without capabilities', 'raw initialize without clientInfo'],
    differs: { answers: ['400 error -32000', '200 result'] },
    because: `${LIFECYCLE}#capability-negotiation`,
    why: 'A client that declares nothing can be asked for nothing, and can still be served.',
  },
  {
    where: ['raw initialize at "2024-11-05"'],
    differs: { facts: ['result.protocolVersion'] },
    because: `${LIFECYCLE}#version-negotiation`,
    why: 'The transport of 2024-11-05 is not served, so we offer the newest that has sessions.',
  },
  {
    where: inSessions('initialize again'),
    differs: { answers: ['400 error -32600', '200 result'] },
    because: {
      client: 'Claude Code',
      thread: 'https://github.com/anthropics/claude-code/issues/96183',
    },
    why: 'Clients open anew with the old id still in their headers; they get another session.',
  },
  {
    where: ['raw initialize at *', 'raw initialize with unknown capabilities', '2026-07-28 *'],
    differs: { facts: ['result.capabilities.*'] },
    because: `${SPECIFICATION}/2025-11-25/server/resources#capabilities`,
    why: 'subscribe is declared by servers that send notices of a resource; ours do.',
  },
  {
    where: inSessions('resources/subscribe 23', 'unsubscribing'),
    differs: { answers: ['200 error -32601', '200 result'] },
    because: `${SPECIFICATION}/2025-11-25/server/resources#subscriptions`,
    why: 'The official server subscribes to nothing unless its author writes it.',
  },
  {
    where: ['raw initialize at "2025-03-26"', 'raw initialize at "2025-06-18"'],
    differs: { facts: ['result.serverInfo.*'] },
    because: `${SPECIFICATION}/2025-06-18/basic/lifecycle#initialization`,
    why: 'What a revision has no field for is left out for its clients.',
  },
  // Sessions.
  {
    where: inSessions('*'),
    differs: { facts: ['mcp-session-id'] },
    because: `${HTTP_2025}#session-management`,
    why: 'The id is given out once, with the answer to initialize.',
  },
  {
    where: [
      'raw GET without a session',
      'raw DELETE without a session',
      '2026-07-28 GET',
      '2026-07-28 DELETE',
    ],
    differs: { answers: ['400 error -32000', '405 error -32600'] },
    because: `${HTTP_2026}#earlier-streamable-http-revisions`,
    why: 'Without a session there is nothing to listen to, and a current client must be told so.',
  },
  {
    where: ['raw GET for a page'],
    differs: { answers: ['406 error -32000', '405 error -32600'] },
    because: `${HTTP_2025}#listening-for-messages-from-the-server`,
    why: 'A GET that opens no stream is answered 405.',
  },
  {
    where: inSessions('Accept for anything'),
    differs: { answers: ['406 error -32000', '200 result'] },
    because: `${HTTP_2025}#sending-messages-to-the-server`,
    why: 'A wildcard accepts both media types.',
  },
  {
    where: ['2026-07-28 Accept without streams', '2026-07-28 Accept without JSON'],
    differs: { answers: ['200 result', '406 error -32600'] },
    because: `${HTTP_2026}#sending-messages`,
    why: 'A client must accept both, and nobody knows beforehand which one a call will need.',
  },
  // Messages.
  {
    where: ['raw a fraction for an id', ...everywhere('a fraction for an id')],
    differs: { facts: ['id'] },
    because: `${SPECIFICATION}/2025-11-25/basic/index#requests`,
    why: 'Ids are strings or integers; what is neither is not repeated.',
  },
  {
    where: [
      'raw a number for a method',
      'raw a response with both',
      ...everywhere('a number for a method', 'a response with both'),
    ],
    differs: { facts: ['id'] },
    because: `${SPECIFICATION}/2025-11-25/basic/index#error-responses`,
    why: 'An id that can be read is repeated, whatever else is wrong.',
  },
  {
    where: ['2025-06-18 two requests in an array', '2025-11-25 two requests in an array'],
    differs: { answers: ['200 result, result', '400 error -32600'] },
    because: `${SPECIFICATION}/2025-06-18/basic/transports#sending-messages-to-the-server`,
    why: 'The body is a single message.',
  },
  {
    where: ['2025-03-26 an array with an error in it'],
    differs: { answers: ['200 error -32601, result', '200 result, error -32601'] },
    because: `${SPECIFICATION}/2025-03-26/basic/transports#sending-messages-to-the-server`,
    why: 'Answers come in any order; ours in that of the requests.',
  },
  {
    where: ['2025-03-26 calls in an array'],
    differs: { facts: ['id'] },
    because: `${SPECIFICATION}/2025-03-26/basic/transports#sending-messages-to-the-server`,
    why: 'As above.',
  },
  // Parameters.
  {
    where: everywhere(
      'no address',
      'a number for an address',
      'no name of a prompt',
      'a number for a text of a prompt',
      'completion of nothing',
      'completion of a third kind',
      'a number for a cursor',
    ),
    differs: { answers: ['200 error -32603', '200 error -32602'] },
    because: `${SPECIFICATION}/2025-11-25/server/prompts#error-handling`,
    why: 'Wrong parameters are the mistake of the caller, not a failure of the server.',
  },
  {
    where: inSessions('a log level that is none'),
    differs: { answers: ['200 error -32603', '200 error -32602'] },
    because: `${SPECIFICATION}/2025-11-25/server/utilities/logging#error-handling`,
    why: 'An unknown level is -32602.',
  },
  {
    where: everywhere(
      'resources/list 8',
      'a cursor for tools',
      'a cursor for prompts',
      'a cursor for templates',
    ),
    differs: { answers: ['200 result', '200 error -32602'] },
    because: `${SPECIFICATION}/2025-11-25/server/utilities/pagination#error-handling`,
    why: 'A cursor that we did not give is refused.',
  },
  {
    where: everywhere('completion/complete 21'),
    differs: { answers: ['200 result', '200 error -32602'] },
    because: `${SPECIFICATION}/2025-11-25/server/utilities/completion#error-handling`,
    why: 'An argument that there is not is an invalid parameter.',
  },
  {
    where: ['2025-03-26 *', '2025-06-18 *'],
    differs: { answers: ['200 failed result', '200 error -32602'] },
    because: `${SPECIFICATION}/2025-06-18/server/tools#error-handling`,
    why: 'Before 2025-11-25, arguments that do not fit are a protocol error.',
  },
  {
    where: ['2025-11-25 arguments as a *', '2026-07-28 arguments as a *'],
    differs: { answers: ['200 error -32602', '200 failed result'] },
    because: `${SPECIFICATION}/2025-11-25/server/tools#error-handling`,
    why: 'From 2025-11-25 on the model is told, whatever it is that does not fit.',
  },
  {
    where: ['2026-07-28 an object for a progress token'],
    differs: { answers: ['400 error -32600', '400 error -32602'] },
    because: `${BASIC_2026}#_meta`,
    why: 'What is wrong in the envelope is an invalid parameter.',
  },
  {
    where: ['2026-07-28 *'],
    differs: { facts: ['error.data.envelope.*', 'error.data.keys[]'] },
    because: `${BASIC_2026}#_meta`,
    why: 'Which keys are missing or wrong is told in a form of our own; none is laid down.',
  },
  {
    where: ['2026-07-28 *', 'raw initialize with only the header of 2026-07-28'],
    differs: { facts: ['error.data.mismatch.*'] },
    because: `${HTTP_2026}#server-validation`,
    why: 'The message says which header disagrees; nothing is laid down for data.',
  },
  // Resources.
  {
    where: inSessions(
      'resources/read 13',
      'resources/read 14',
      'an address that is none',
      'an address with spaces encoded',
    ),
    differs: { answers: ['200 error -32602', '200 error -32002'] },
    because: `${SPECIFICATION}/2025-11-25/server/resources#error-handling`,
    why: 'In these revisions an unknown resource has a code of its own.',
  },
  {
    where: inSessions('an address that goes up'),
    differs: { answers: ['200 result', '200 error -32002'] },
    because: `${SPECIFICATION}/2025-11-25/server/resources#security-considerations`,
    why: 'Addresses are compared to the letter: one that climbs out of a template is none of its.',
  },
  {
    where: ['2026-07-28 an address that goes up'],
    differs: { answers: ['200 result', '200 error -32602'] },
    because: `${SPECIFICATION}/2026-07-28/server/resources#security-considerations`,
    why: 'As above.',
  },
  {
    where: ['2026-07-28 an address that is none'],
    differs: { facts: ['error.data.reason'] },
    because: `${SPECIFICATION}/2026-07-28/server/resources#error-handling`,
    why: 'An address is data.uri and nothing more.',
  },
  {
    where: everywhere('resources/list 7'),
    differs: { facts: ['result.resources[].description'] },
    because: `${SPECIFICATION}/2025-11-25/server/resources#resource`,
    why: 'The description of a template is not that of each resource it lists.',
  },
  // What a revision has no field for.
  {
    where: ['2025-03-26 *'],
    differs: {
      facts: [
        'result.tools[].*',
        'result.resources[].*',
        'result.resourceTemplates[].*',
        'result.prompts[].*',
        'result.contents[]._meta.*',
        'result.content[].*',
        'result.structuredContent.*',
        'result.messages[].*',
      ],
    },
    because: `${SPECIFICATION}/2025-03-26/server/tools#data-types`,
    why: 'Titles, icons, links, _meta of items and structured content came later. Clients of then get what they can read in its place.',
  },
  {
    where: ['2025-06-18 *'],
    differs: { facts: ['result.*.icons[].*'] },
    because: `${SPECIFICATION}/2025-11-25/basic/index#icons`,
    why: 'Icons came with 2025-11-25.',
  },
  {
    where: ['2025-06-18 tools/list 1', '2025-11-25 tools/list 1'],
    differs: { facts: ['result.tools[].outputSchema.*'] },
    because: `${SPECIFICATION}/2025-11-25/server/tools#output-schema`,
    why: 'There the schema of a result is that of an object. What is a list stays text; the SDK wraps it in an object that the author never wrote.',
  },
  {
    where: ['2025-06-18 tools/call 4', '2025-11-25 tools/call 4'],
    differs: { facts: ['result.structuredContent.result[]'] },
    because: `${SPECIFICATION}/2025-11-25/server/tools#structured-content`,
    why: 'As above.',
  },
  // Schemas and lists.
  {
    where: everywhere('tools/list 1'),
    differs: { facts: ['result.tools[].*Schema.*$schema'] },
    because: `${SPECIFICATION}/2025-11-25/basic/index#json-schema-usage`,
    why: 'Without it a schema is of dialect 2020-12, which these are.',
  },
  {
    where: everywhere('tools/list 1'),
    differs: { facts: ['result.tools[].inputSchema.*additionalProperties'] },
    because: `${SPECIFICATION}/2025-11-25/server/tools#security-considerations`,
    why: 'Arguments are validated: a field that nobody declared is refused, not dropped.',
  },
  {
    where: [
      '2025-06-18 prompts/list 15',
      '2025-11-25 prompts/list 15',
      '2026-07-28 prompts/list 15',
    ],
    differs: { facts: ['result.prompts[].arguments[].title'] },
    because: `${SPECIFICATION}/2025-11-25/server/prompts#data-types`,
    why: 'An argument has a title where its author gave it one.',
  },
  {
    where: everywhere('more than a page'),
    differs: { facts: ['result.prompts[].*', 'result.nextCursor'] },
    because: `${SPECIFICATION}/2025-11-25/server/utilities/pagination#pagination-model`,
    why: 'Long lists come in pages of 100.',
  },
  {
    where: everywhere('completion that knows no values'),
    differs: { facts: ['result.completion.total'] },
    because: `${SPECIFICATION}/2025-11-25/server/utilities/completion#completion-results`,
    why: 'How many there are in all is told where it is known, and none is known too.',
  },
  {
    where: ['2026-07-28 *'],
    differs: { facts: ['result.ttlMs'] },
    because: `${CACHING}#ttl-field`,
    why: 'What a module declares changes with a deployment only, so that it may be kept for a minute.',
  },
  {
    where: ['2026-07-28 *'],
    differs: { facts: ['result.cacheScope'] },
    because: `${CACHING}#cache-scope-field`,
    why: 'What a public module says is the same for everybody.',
  },
]

/** Whether an entry's pattern is of this exchange, or of this fact. */
export const matches = (pattern: string, text: string): boolean => {
  const literal = pattern.replace(/[.[\]$()+?^{}|\\/]/g, '\\$&')
  return new RegExp(`^${literal.replaceAll('*', '.*')}$`).test(text)
}
