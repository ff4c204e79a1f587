/**
 * The modules that the platform and the official SDK both serve: what the traces hold, and what
 * goes wrong, is said on the way, stands in a header or fills several pages.
 *
 * @module
 */
import * as z from 'zod'
import { definePrompt, defineServer, defineTool, NotFoundError, ToolError } from '#sdk'
import atlas from '../traces/module'

const refuse = defineTool({
  name: 'refuse',
  description: 'Fails in words for the model.',
  run: () => {
    throw new ToolError('closed', 'The archive is closed on Mondays.')
  },
})

const lose = defineTool({
  name: 'lose',
  description: 'Does not find anything.',
  run: () => {
    throw new NotFoundError('no_page', 'That page is missing.')
  },
})

const crash = defineTool({
  name: 'crash',
  description: 'Has a bug.',
  run: () => {
    throw new TypeError('cannot read the secret of undefined')
  },
})

const lie = defineTool({
  name: 'lie',
  description: 'Returns what its output schema forbids.',
  output: z.object({ north: z.number() }),
  run: () => ({ north: 'up' }) as unknown as { north: number },
})

const measure = defineTool({
  name: 'measure',
  description: 'Says how far it is, and what it finds on the way.',
  annotations: { readOnlyHint: true },
  run: (_, { progress, log }) => {
    progress(1, 2, 'half')
    log.info('a bridge')
    log.error('a flood')
    progress(2, 2, 'there')
    return 'two miles'
  },
})

const route = defineTool({
  name: 'route',
  description: 'A way from one place to another.',
  annotations: { readOnlyHint: true },
  input: z.object({
    region: z.string().meta({ 'x-mcp-header': 'Region' }),
    stops: z.int().optional().meta({ 'x-mcp-header': 'Stops' }),
    toll: z.boolean().optional().meta({ 'x-mcp-header': 'Toll' }),
  }),
  run: ({ region, stops }) => `through ${region} with ${stops ?? 'no'} stops`,
})

const any = defineTool({
  name: 'any',
  description: 'Takes values of every kind.',
  annotations: { readOnlyHint: true },
  input: z.object({
    count: z.int().min(1).max(10).default(3),
    sort: z.enum(['near', 'far']).optional(),
    tags: z.array(z.string()).max(3).optional(),
    where: z.object({ north: z.number(), east: z.number() }).optional(),
    note: z.string().nullable().optional(),
  }),
  output: z.object({ got: z.array(z.string()) }),
  run: (args) => ({ got: Object.keys(args).sort() }),
})

const plain = definePrompt({
  name: 'plain',
  description: 'Takes nothing.',
  run: () => 'Tell me of a town.',
})

/** One of everything. */
export const gauge = defineServer({
  ...atlas,
  name: 'gauge',
  tools: [...atlas.tools, refuse, lose, crash, lie, measure, route, any],
  prompts: [...atlas.prompts, plain],
})

/** More prompts than one page holds, and nothing else. */
export const shelf = defineServer({
  name: 'shelf',
  version: '1.0.0',
  access: 'public',
  prompts: Array.from({ length: 120 }, (_, index) =>
    definePrompt({
      name: `volume-${String(index + 1).padStart(3, '0')}`,
      description: `Volume ${index + 1}.`,
      run: () => `Open volume ${index + 1}.`,
    }),
  ),
})
