/** One of everything that revisions spell differently, for the traces beside it. @module */
import * as z from 'zod'
import {
  definePrompt,
  defineResource,
  defineResourceTemplate,
  defineServer,
  defineTool,
  toolResult,
} from '#sdk'

const icons = [{ src: 'https://example.com/compass.png', mimeType: 'image/png', sizes: ['48x48'] }]
const annotations = {
  audience: ['user' as const],
  priority: 0.5,
  lastModified: '2026-01-01T00:00:00Z',
}
const _meta = { 'com.example/edition': 3 }

const locate = defineTool({
  name: 'locate',
  title: 'Locate a town',
  description: 'Where a town is.',
  icons,
  annotations: { readOnlyHint: true, openWorldHint: false },
  input: z.object({ town: z.string().min(2) }),
  output: z.object({ north: z.number(), east: z.number() }),
  _meta,
  run: () => ({ north: 48.1, east: 11.6 }),
})

const neighbours = defineTool({
  name: 'neighbours',
  description: 'The towns around a town.',
  output: z.array(z.string()),
  run: () => ['Dachau', 'Freising'],
})

const show = defineTool({
  name: 'show',
  description: 'Content of every kind.',
  run: () =>
    toolResult({
      content: [
        { type: 'text', text: 'A map', annotations, _meta },
        { type: 'image', data: 'aGk=', mimeType: 'image/png' },
        { type: 'audio', data: 'aGk=', mimeType: 'audio/wav' },
        { type: 'resource_link', uri: 'atlas://maps/1', name: 'map-1', title: 'Map 1', icons },
        {
          type: 'resource',
          resource: { uri: 'atlas://legend', mimeType: 'text/plain', text: 'o town', _meta },
        },
      ],
      _meta,
    }),
})

const legend = defineResource({
  name: 'legend',
  title: 'Legend',
  description: 'What the signs mean.',
  uri: 'atlas://legend',
  mimeType: 'text/plain',
  size: 6,
  icons,
  annotations,
  cacheSeconds: 3600,
  _meta,
  read: () => [{ content: 'o town', _meta }],
})

const cover = defineResource({
  name: 'cover',
  description: 'The cover.',
  uri: 'atlas://cover',
  mimeType: 'image/png',
  read: () => new Uint8Array([137, 80, 78, 71]),
})

const map = defineResourceTemplate({
  name: 'map',
  title: 'Map',
  description: 'One map.',
  uriTemplate: 'atlas://maps/{number}',
  mimeType: 'text/plain',
  icons,
  annotations,
  complete: { number: (typed) => ['1', '10', '11'].filter((number) => number.startsWith(typed)) },
  list: () => ({
    resources: [{ uri: 'atlas://maps/1', name: 'map-1', title: 'Map 1', icons, annotations }],
  }),
  read: ({ number }) => (number === '1' ? 'o----o' : undefined),
})

const tour = definePrompt({
  name: 'tour',
  title: 'Plan a tour',
  description: 'Asks for a tour.',
  icons,
  _meta,
  input: z.object({
    from: z.string().meta({ title: 'Start', description: 'A town' }),
    by: z.enum(['bicycle', 'boat']).default('bicycle'),
  }),
  run: ({ from, by }) => [
    { role: 'user', content: `Plan a tour by ${by} from ${from}.` },
    {
      role: 'user',
      content: { type: 'resource_link', uri: 'atlas://maps/1', name: 'map-1', icons, annotations },
    },
    { role: 'assistant', content: 'How many days?' },
  ],
})

export default defineServer({
  name: 'atlas',
  version: '3.0.0',
  title: 'Atlas',
  description: 'Towns and maps.',
  instructions: 'Locate a town before you plan.',
  websiteUrl: 'https://example.com/atlas',
  access: 'public',
  tools: [locate, neighbours, show],
  resources: [legend, cover],
  resourceTemplates: [map],
  prompts: [tour],
})
