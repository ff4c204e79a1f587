/** A module that asks, and the few lines a client of 2026 needs to answer. @module */
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import * as z from 'zod'
import { createApp } from '../../src/app'
import {
  definePrompt,
  defineResource,
  defineResourceTemplate,
  defineServer,
  defineTool,
} from '../../src/sdk'
import { type Answer, answerOf, ORIGIN, type Platform, send2026 } from './platform'

/** How often something happened, by a name that the test chooses. */
export const counts = new Map<string, number>()
const count = (name: string): number => {
  const times = (counts.get(name) ?? 0) + 1
  counts.set(name, times)
  return times
}

const ID = z.object({ id: z.string() })
const SURE = { message: 'Sure?', schema: z.object({ yes: z.boolean() }) }

const pay = defineTool({
  name: 'pay',
  description: 'Draws up a bill, asks, and pays it once.',
  input: ID.extend({ note: z.string().optional(), any: z.unknown().optional() }),
  async run({ id }, { step, elicit, once, progress, log }) {
    progress(1, 2)
    log.info('drawn up')
    const bill = await step('bill', () => count(`${id} billed`))
    const answer = await elicit('sure', SURE)
    if (answer.action !== 'accept' || !answer.content.yes) return 'not paid'
    progress(2, 2)
    const paid = await once('pay', async () => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      return count(`${id} paid`)
    })
    return `paid bill ${bill}, payment ${paid}`
  },
})

const refund = defineTool({ ...pay, name: 'refund' })

const settle = defineTool({
  name: 'settle',
  description: 'Pays once, and asks nobody.',
  input: ID,
  run: async ({ id }, { once }) => `payment ${await once('pay', () => count(`${id} settled`))}`,
})

const two = defineTool({
  name: 'two',
  description: 'Asks for two things at once.',
  async run(_, { elicit }) {
    const asked = { message: 'Say', schema: z.object({ it: z.string() }) }
    return JSON.stringify(await Promise.all([elicit('a', asked), elicit('b', asked)]))
  },
})

const page = defineTool({
  name: 'page',
  description: 'Has a page opened.',
  run: async (_, { elicit }) =>
    (await elicit('page', { message: 'Pay there', url: 'https://example.com/pay' })).action,
})

const long = defineTool({
  name: 'long',
  description: 'Goes on from more than a state can carry.',
  async run(_, { step, elicit }) {
    const much = await step('much', () => 'x'.repeat(20_000))
    const answer = await elicit('sure', SURE)
    return `${much.length} ${answer.action}`
  },
})

const either = defineTool({
  name: 'either',
  description: 'Asks where it can.',
  run: async (_, { canElicit, elicit }) =>
    canElicit() ? (await elicit('sure', SURE)).action : 'went ahead',
})

const note = defineResource({
  uri: 'note://one',
  name: 'note',
  description: 'Asks before it is read.',
  cacheSeconds: 60,
  read: async ({ elicit }) => `read after ${(await elicit('sure', SURE)).action}`,
})

const notes = defineResourceTemplate({
  uriTemplate: 'notes://{id}',
  name: 'notes',
  description: 'Asks before one is listed, which it may not.',
  async list(_, { elicit }) {
    await elicit('sure', SURE)
    return { resources: [] }
  },
  complete: { id: async (_, { elicit }) => [(await elicit('sure', SURE)).action] },
  read: ({ id }) => id,
})

const pages = defineResourceTemplate({
  uriTemplate: 'pages://{+path}',
  name: 'pages',
  description: 'Asks before one is read.',
  read: async (_, { elicit }) => (await elicit('sure', SURE)).action,
})

const letter = definePrompt({
  name: 'letter',
  description: 'Asks for a tone.',
  run: async (_, { elicit }) => `In a tone of ${(await elicit('tone', SURE)).action}`,
})

const module = (version: string) =>
  defineServer({
    name: 'asking',
    version,
    access: 'public',
    tools: [pay, refund, settle, two, page, long, either],
    resources: [note],
    resourceTemplates: [notes, pages],
    prompts: [letter],
  })

/** Another isolate, as far as the code can tell; with the module as of some version. */
export function isolate(version = '1.0.0'): Platform {
  const app = createApp([module(version)])
  return {
    origin: ORIGIN,
    fetch: async (path, init) =>
      app.fetch(new Request(`${ORIGIN}${path}`, init), env, createExecutionContext()),
  }
}

const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities'
export const FORMS = { elicitation: {} }

export interface Asking {
  platform?: Platform
  capabilities?: object
  meta?: Record<string, unknown>
  method?: string
}

/** Sends a call in an isolate of its own; of a tool unless another method is named. */
export async function ask(
  params: Record<string, unknown>,
  { platform = isolate(), capabilities = FORMS, meta, method = 'tools/call' }: Asking = {},
): Promise<Answer> {
  return answerOf(
    await send2026(method, params, {
      platform,
      path: '/asking/mcp',
      meta: { [CAPABILITIES]: capabilities, ...meta },
    }),
  )
}

export const YES = { action: 'accept', content: { yes: true } }

/** Calls `pay` and returns what it asks, ready to be sent back with an answer. */
export async function askToPay(id: string, asking: Asking = {}) {
  const call = { name: 'pay', arguments: { id } }
  const { body } = await ask(call, asking)
  const { resultType, requestState } = body.result
  if (resultType !== 'input_required') throw new Error(`it came to ${JSON.stringify(body)}`)
  return { ...call, requestState: requestState as string, inputResponses: { sure: YES } }
}
