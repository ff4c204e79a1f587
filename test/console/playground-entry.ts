/**
 * A Worker with two modules for the playground: one with a tool for every kind of form and answer,
 * behind a sign-in, and one that is open.
 *
 * @module
 */
import * as z from 'zod'
import { createWorker } from '../../src/app'
import {
  definePrompt,
  defineResource,
  defineResourceTemplate,
  defineServer,
  defineTool,
  jsonSchema,
  ToolError,
} from '../../src/sdk'

// Every class that the configuration names, whichever comes to be named.
export * from '../../src/index'

const READ = { readOnlyHint: true, openWorldHint: false }
const use = { scopes: ['kit:use'] }

const order = defineTool({
  ...use,
  name: 'order',
  title: 'Order',
  description: 'Says what it was given, of every type that `JSON` has.',
  annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: true },
  input: jsonSchema({
    type: 'object',
    required: ['product', 'count', 'address'],
    properties: {
      product: { type: 'string', minLength: 2, maxLength: 20, description: 'What to send' },
      count: { type: 'integer', minimum: 1, maximum: 5 },
      weight: { type: 'number' },
      gift: { type: 'boolean', default: false },
      colour: { type: 'string', enum: ['red', 'blue'] },
      region: { type: 'string', 'x-mcp-header': 'Region' },
      labels: { type: 'array', items: { type: 'string' }, maxItems: 2 },
      address: { $ref: '#/$defs/address' },
      payment: {
        oneOf: [
          { type: 'object', required: ['card'], properties: { card: { type: 'string' } } },
          { type: 'object', required: ['cash'], properties: { cash: { type: 'boolean' } } },
        ],
      },
    },
    $defs: {
      address: {
        type: 'object',
        required: ['city'],
        properties: {
          city: { type: 'string' },
          floor: { type: ['integer', 'null'] },
          geo: { type: 'object', required: ['lat'], properties: { lat: { type: 'number' } } },
        },
      },
    },
  }),
  run: (given) => JSON.stringify(given),
})

const steps = defineTool({
  ...use,
  name: 'steps',
  title: 'Steps',
  description: 'Says how far it is.',
  annotations: READ,
  run(_, { log, progress }) {
    progress(1, 2, 'half of it')
    log.warning('it is warm')
    return 'There.'
  },
})

const flood = defineTool({
  ...use,
  name: 'flood',
  title: 'Flood',
  description: 'A great deal of text.',
  annotations: READ,
  run: () => 'flood '.repeat(100_000),
})

const wait = defineTool({
  ...use,
  name: 'wait',
  title: 'Wait',
  description: 'Waits until nobody waits for it.',
  annotations: READ,
  async run(_, { signal, progress }) {
    progress(0, 1, 'waiting')
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    return 'stopped'
  },
})

const fail = defineTool({
  ...use,
  name: 'fail',
  title: 'Fail',
  description: 'Fails.',
  annotations: READ,
  run(): string {
    throw new ToolError('out_of_paper', 'There is no paper left.')
  },
})

const Wrapping = z.object({
  colour: z.union([
    z.literal('r').meta({ title: 'Red as a rose' }),
    z.literal('b').meta({ title: 'Blue' }),
  ]),
  ribbons: z.int().min(1).max(9).optional(),
})

const wrap = defineTool({
  ...use,
  name: 'wrap',
  title: 'Wrap',
  description: 'Asks how to wrap it.',
  annotations: READ,
  input: z.object({ paper: z.union([z.literal('plain'), z.literal('silk')]) }),
  async run({ paper }, { elicit }) {
    const first = await elicit('how', { message: `How, in ${paper}?`, schema: Wrapping })
    const second = await elicit('really', { message: 'Really?', schema: z.object({}) })
    return JSON.stringify([first, second])
  },
})

const visit = defineTool({
  ...use,
  name: 'visit',
  title: 'Visit',
  description: 'Has a page opened.',
  annotations: READ,
  run: async (_, { elicit }) =>
    (await elicit('page', { message: 'Pay there.', url: 'https://pay.example/7' })).action,
})

const wipe = defineTool({
  name: 'wipe',
  title: 'Wipe',
  description: 'Wipes everything.',
  scopes: ['kit:wipe'],
  annotations: { destructiveHint: true, openWorldHint: false },
  run: () => 'Wiped.',
})

const HOSTILE =
  '<img src="x" onerror="document.title = \'taken\'"><script>document.title = 1</script>'

const manual = defineResource({
  ...use,
  name: 'manual',
  title: 'Manual',
  description: 'How to use it.',
  uri: 'kit://manual',
  mimeType: 'text/html',
  read: () => HOSTILE,
})

const PAGES = ['first', 'second', 'a/b ü']
const page = defineResourceTemplate({
  ...use,
  name: 'page',
  title: 'Page',
  description: 'One page.',
  uriTemplate: 'kit://pages/{page}',
  complete: { page: (typed) => PAGES.filter((name) => name.startsWith(typed)) },
  read: ({ page }) => `The page called ${page}`,
})

const letter = definePrompt({
  ...use,
  name: 'letter',
  title: 'Letter',
  description: 'Asks for a letter.',
  input: z.object({ to: z.string(), place: z.string().optional() }),
  complete: { place: (_typed, _context, { to = 'nobody' }) => [`where ${to} lives`] },
  run: ({ to, place = 'nowhere' }) => `Write to ${to}, ${place}.`,
})

export default createWorker([
  defineServer({
    name: 'kit',
    version: '1.0.0',
    title: 'Kit',
    description: 'One of everything.',
    access: 'authenticated',
    scopes: { 'kit:use': 'Use the kit', 'kit:wipe': 'Wipe the kit' },
    tools: [order, steps, flood, wait, fail, wrap, visit, wipe],
    resources: [manual],
    resourceTemplates: [page],
    prompts: [letter],
  }),
  defineServer({
    name: 'open',
    version: '1.0.0',
    title: 'Open',
    access: 'public',
    tools: [
      defineTool({
        name: 'hello',
        title: 'Hello',
        description: 'Greets.',
        annotations: READ,
        run: () => 'Hello.',
      }),
    ],
  }),
])
