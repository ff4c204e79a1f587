/** A module in two releases that list different tools, for deploys under live clients. @module */
import * as z from 'zod'
import {
  defineResourceTemplate,
  defineServer,
  defineTool,
  type ServerDefinition,
  type ServerOptions,
  type ToolContext,
} from '../../../src/sdk'
import { asker } from '../../conformance/module/asking-items'
import { countTools } from '../counting'

/** The version is the same: it is part of what a waiting call goes on with. */
export type Release = 'first' | 'second'

/** What a tool has done, once for each line: the log outlives the Worker that wrote it. */
const note = (did: string, key: string) => console.log(JSON.stringify({ did, key }))

const readOnly = { readOnlyHint: true, openWorldHint: false }
const keyed = z.object({ key: z.string() })
const PROMPT = { messages: [{ role: 'user', content: { type: 'text', text: 'Sure?' } }] }

/** Asks whoever can be asked: a person, or the model of a client older than forms. */
async function agreed(context: ToolContext, key: string): Promise<boolean> {
  if (!context.canElicit()) {
    const request = {
      method: 'sampling/createMessage',
      params: { ...PROMPT, maxTokens: 9 },
    } as const
    return JSON.stringify(await asker(context)('sure', request)).includes('yes')
  }
  const question = { message: `Sure about ${key}?`, schema: z.object({ yes: z.boolean() }) }
  const answer = await context.elicit('sure', question)
  return answer.action === 'accept' && answer.content.yes
}

const book = defineTool({
  name: 'book',
  description: 'Books once its person agrees.',
  input: keyed,
  async run({ key }, context) {
    const draft = await context.step('draft', () => {
      note('drafted', key)
      return `a room for ${key}`
    })
    if (!(await agreed(context, key))) return 'nothing booked'
    return context.once('book', () => {
      note('booked', key)
      return `booked ${draft}`
    })
  },
})

const rebuilt = (release: Release) =>
  defineTool({
    name: 'rebuilt',
    description: `Books as only the ${release} release does.`,
    input: keyed,
    async run({ key }, context) {
      if (!(await agreed(context, key))) return 'nothing booked'
      return context.once('book', () => {
        note('booked', key)
        return 'booked'
      })
    },
  })

const echo = defineTool({
  name: 'echo',
  description: 'The text it was given.',
  annotations: readOnly,
  input: z.object({ text: z.string() }),
  run: ({ text }) => text,
})

const tell = defineTool({
  name: 'tell',
  description: 'Tells that a tide has changed.',
  annotations: readOnly,
  input: z.object({ uri: z.string() }),
  run({ uri }, { notify }) {
    notify.resourceUpdated(uri)
    return 'told'
  },
})

const tide = defineResourceTemplate({
  name: 'tide',
  uriTemplate: 'drill://tides/{at}',
  description: 'A tide.',
  read: ({ at }) => `the tide of ${at}`,
})

/** One that anybody may call, and the same for those who have signed in. */
export const drills = (release: Release): ServerDefinition[] => [
  drill(release, { name: 'drill', access: 'public' }),
  drill(release, { name: 'guarded', access: 'authenticated' }),
]

const drill = (release: Release, options: Pick<ServerOptions, 'name' | 'access'>) =>
  defineServer({
    ...options,
    version: '1.0.0',
    resourceTemplates: [tide],
    tools: [
      ...countTools(release),
      book,
      rebuilt(release),
      echo,
      tell,
      defineTool({
        name: `only_in_${release}`,
        description: 'Nothing the other release has.',
        annotations: readOnly,
        run: () => release,
      }),
    ],
  })
