/**
 * Modules for tests of the wire: tools that a test holds in its hand, and tools that misbehave.
 *
 * @module
 */
import * as z from 'zod'
import {
  definePrompt,
  defineResource,
  defineResourceTemplate,
  defineServer,
  defineTool,
  jsonSchema,
  NotFoundError,
  type ToolContext,
  ToolError,
  toolResult,
} from '../../src/sdk'

/** One run of the tool `held`: the test sees its context and decides how and when it ends. */
export class HeldCall {
  readonly #started = Promise.withResolvers<ToolContext>()
  readonly #ended = Promise.withResolvers<string>()

  /** The context of the run, once it runs. */
  get started(): Promise<ToolContext> {
    return this.#started.promise
  }

  finish(text: string): void {
    this.#ended.resolve(text)
  }

  fail(error: unknown): void {
    this.#ended.reject(error)
  }

  run(context: ToolContext): Promise<string> {
    this.#started.resolve(context)
    return this.#ended.promise
  }
}

const heldCalls = new Map<string, HeldCall>()

/** The handle of the next call of `held` with this key; take it before the call. */
export function hold(key: string): HeldCall {
  const held = new HeldCall()
  heldCalls.set(key, held)
  return held
}

function heldCall(key: string): HeldCall {
  const held = heldCalls.get(key)
  if (!held) throw new Error(`no test holds "${key}"`)
  return held
}

/** What a tool throws and nobody outside may read. */
export const SECRET = 'password=hunter2 at /srv/private/db.ts'

const held = defineTool({
  name: 'held',
  description: 'Runs until the test lets it end.',
  input: z.object({ key: z.string() }),
  run: ({ key }, context) => heldCall(key).run(context),
})

const patient = defineTool({
  name: 'patient',
  description: 'Is given five minutes.',
  timeoutMs: 300_000,
  input: z.object({ key: z.string() }),
  run: ({ key }, context) => heldCall(key).run(context),
})

const impatient = defineTool({
  name: 'impatient',
  description: 'Is given no time.',
  timeoutMs: 20,
  input: z.object({ key: z.string() }),
  run: ({ key }, context) => heldCall(key).run(context),
})

const echo = defineTool({
  name: 'echo',
  title: 'Echo',
  description: 'The text it was given.',
  annotations: { readOnlyHint: true, openWorldHint: false },
  input: z.object({ text: z.string(), deep: z.object({ er: z.number() }).optional() }),
  run: ({ text }) => text,
})

const noArguments = defineTool({
  name: 'no_arguments',
  description: 'Takes nothing.',
  run: () => 'done',
})

const numbers = defineTool({
  name: 'numbers',
  description: 'A list, for revisions whose structured output may be any JSON value.',
  input: z.object({ upTo: z.int() }),
  output: z.array(z.int()),
  run: ({ upTo }) => Array.from({ length: upTo }, (_, index) => index + 1),
})

const sum = defineTool({
  name: 'sum',
  description: 'The sum of two integers.',
  input: z.object({ a: z.int(), b: z.int() }),
  output: z.object({ sum: z.int() }),
  run: ({ a, b }) => ({ sum: a + b }),
})

const routed = defineTool({
  name: 'routed',
  description: 'Parameters that intermediaries route by.',
  input: jsonSchema({
    type: 'object',
    properties: {
      region: { type: ['string', 'null'], description: 'not annotated' },
      tenant: { type: 'string', 'x-mcp-header': 'Tenant' },
      limit: { type: 'integer', 'x-mcp-header': 'Limit' },
      dry: { type: 'boolean', 'x-mcp-header': 'Dry-Run' },
      place: {
        type: 'object',
        properties: { zone: { type: 'string', 'x-mcp-header': 'Zone' } },
      },
    },
  }),
  run: () => 'routed',
})

const shouts = defineTool({
  name: 'shouts',
  description: 'Logs at every level and reports progress, also backwards, before it returns.',
  run(_, { log, progress }) {
    log.debug('debug', 'lab')
    log.info({ text: 'info' })
    log.notice('notice')
    log.warning('warning')
    log.error('error')
    log.critical('critical')
    log.alert('alert')
    log.emergency('emergency')
    for (const value of [0, 1, 1, 0.5, Number.NaN, 2]) progress(value, 2, `at ${value}`)
    return 'done'
  },
})

const throws = defineTool({
  name: 'throws',
  description: 'Fails with words that are not for the caller.',
  run(): string {
    throw new Error(SECRET)
  },
})

const explains = defineTool({
  name: 'explains',
  description: 'Fails with words for the model.',
  run(): string {
    throw new ToolError('no_such_city', 'There is no such city.', { cause: new Error(SECRET) })
  },
})

const lies = defineTool({
  name: 'lies',
  description: 'Returns what its schema does not allow.',
  output: z.object({ count: z.int().max(3) }),
  run: () => ({ count: 40_007 }),
})

const huge = defineTool({
  name: 'huge',
  description: 'Returns two megabytes.',
  run: () => 'x'.repeat(2 * 1024 * 1024),
})

const unwritable = defineTool({
  name: 'unwritable',
  description: 'Logs and returns what JSON cannot hold.',
  async run(_, { log }) {
    const circle: Record<string, unknown> = {}
    circle.self = circle
    log.info(undefined)
    log.info(circle)
    log.info(1n)
    return toolResult({ content: [], _meta: { count: 1n } })
  },
})

const pictures = defineTool({
  name: 'pictures',
  description: 'Content of every kind.',
  run: () =>
    toolResult({
      content: [
        { type: 'text', text: 'caption', annotations: { audience: ['user'], priority: 1 } },
        { type: 'image', data: 'aGk=', mimeType: 'image/png' },
        { type: 'resource_link', uri: 'https://example.com/a', name: 'a', title: 'A' },
      ],
    }),
})

const needsSampling = defineTool({
  name: 'needs_sampling',
  description: 'Needs a client that can sample.',
  clientCapabilities: { sampling: {} },
  run: () => 'sampled',
})

const needsUrlElicitation = defineTool({
  name: 'needs_url',
  description: 'Needs a client that can open a URL for its user.',
  clientCapabilities: { elicitation: { url: {} } },
  run: () => 'opened',
})

const whoAmI = defineTool({
  name: 'who_am_i',
  description: 'What the platform knows of the caller.',
  output: z.object({
    tenant: z.string(),
    principal: z.string(),
    client: z.string().nullable(),
  }),
  run: (_, { caller }) => ({
    tenant: caller.tenant,
    principal: caller.principal.id,
    client: caller.client?.name ?? null,
  }),
})

export const lab = defineServer({
  name: 'lab',
  version: '1.2.3',
  title: 'Lab',
  instructions: 'For tests only.',
  access: 'public',
  tools: [
    held,
    impatient,
    patient,
    echo,
    noArguments,
    numbers,
    sum,
    routed,
    shouts,
    throws,
    explains,
    lies,
    huge,
    pictures,
    unwritable,
    needsSampling,
    needsUrlElicitation,
    whoAmI,
  ],
})

/** A second public module, so that a session of one can knock at the other. */
export const other = defineServer({
  name: 'other',
  version: '0.1.0',
  access: 'public',
  push: false,
  tools: [echo],
})

const BOOKS = Array.from({ length: 150 }, (_, index) => `book-${index}`)

/** Resources and prompts, and not a single tool. */
export const library = defineServer({
  name: 'library',
  version: '1.0.0',
  access: 'public',
  resources: [
    defineResource({
      name: 'rules',
      title: 'Rules',
      description: 'How to behave.',
      uri: 'library://rules',
      mimeType: 'text/markdown',
      cacheSeconds: 3600,
      read: () => '# Be quiet',
    }),
    defineResource({
      name: 'slow',
      description: 'Says how far it is.',
      uri: 'library://slow',
      read(context) {
        context.progress(1, 2)
        context.log.info('half')
        return 'done'
      },
    }),
    defineResource({
      name: 'broken',
      description: 'Cannot be read.',
      uri: 'library://broken',
      read() {
        throw new Error(SECRET)
      },
    }),
  ],
  resourceTemplates: [
    defineResourceTemplate({
      name: 'book',
      title: 'Book',
      description: 'One book.',
      uriTemplate: 'library://books/{id}',
      complete: { id: (typed) => BOOKS.filter((book) => book.startsWith(typed)) },
      list(cursor = '0') {
        const start = Number(cursor)
        const resources = BOOKS.slice(start, start + 100).map((id) => ({
          uri: `library://books/${id}`,
          name: id,
          title: `The ${id}`,
        }))
        return { resources, ...(start + 100 < BOOKS.length && { nextCursor: String(start + 100) }) }
      },
      read({ id }) {
        if (!BOOKS.includes(id)) throw new NotFoundError('unknown_book', `There is no ${id}.`)
        return `The text of ${id}`
      },
    }),
  ],
  prompts: [
    definePrompt({
      name: 'review',
      title: 'Review',
      description: 'Asks for a review.',
      input: z.object({ book: z.string(), tone: z.enum(['kind', 'harsh']).optional() }),
      complete: { book: (typed, _, { tone = 'no' }) => [`${typed}-in-${tone}-tone`] },
      run: ({ book, tone = 'kind' }) => [
        { role: 'user', content: `Review ${book}, be ${tone}.` },
        {
          role: 'user',
          content: { type: 'resource_link', uri: `library://books/${book}`, name: book },
        },
      ],
    }),
  ],
})

/** Closed to everyone who has not signed in. */
export const closed = defineServer({ name: 'closed', version: '1.0.0', tools: [echo] })
