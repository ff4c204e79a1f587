/** Items that ask for input. Names, keys and texts are the referee's. @module */
import * as z from 'zod'
import { definePrompt, defineTool, type ToolContext } from '#sdk'
import { ASK_CLIENT, type LinearRun } from '../../../src/handler'

/** Models and roots cannot be asked for by modules; the platform still can. */
export const asker = (context: ToolContext): LinearRun['ask'] =>
  // By `RunContext`, which is what every run gets.
  (context as ToolContext & { [ASK_CLIENT]: LinearRun['ask'] })[ASK_CLIENT]

const NAME = { message: 'What is your name?', schema: z.object({ name: z.string() }) }
const CONFIRM = { message: 'Please confirm', schema: z.object({ ok: z.boolean() }) }

const sampling = (text: string, maxTokens: number) => ({
  method: 'sampling/createMessage' as const,
  params: { messages: [{ role: 'user', content: { type: 'text', text } }], maxTokens },
})
const ROOTS = { method: 'roots/list' as const, params: {} }

const elicitation = defineTool({
  name: 'test_input_required_result_elicitation',
  description: 'Asks for a name and greets.',
  async run(_, { elicit }) {
    const answer = await elicit('user_name', NAME)
    return answer.action === 'accept' ? `Hello, ${answer.content.name}!` : 'Hello, whoever you are!'
  },
})

const sample = defineTool({
  name: 'test_input_required_result_sampling',
  description: "Asks the client's model for a capital.",
  async run(_, context) {
    const question = sampling('What is the capital of France?', 100)
    const answer = await asker(context)('capital_question', question)
    return JSON.stringify(answer.content)
  },
})

const listRoots = defineTool({
  name: 'test_input_required_result_list_roots',
  description: 'Asks for the roots of the client.',
  run: async (_, context) => JSON.stringify(await asker(context)('client_roots', ROOTS)),
})

const requestState = defineTool({
  name: 'test_input_required_result_request_state',
  description: 'Asks for a confirmation and says whether its state came back.',
  async run(_, { step, elicit }) {
    const state = await step('state', () => 'state-ok')
    await elicit('confirm', CONFIRM)
    return state
  },
})

const multipleInputs = defineTool({
  name: 'test_input_required_result_multiple_inputs',
  description: 'Asks three questions at once.',
  async run(_, context) {
    const ask = asker(context)
    const answers = await Promise.all([
      context.elicit('user_name', NAME),
      ask('greeting', sampling('Generate a greeting', 50)),
      ask('client_roots', ROOTS),
    ])
    return JSON.stringify(answers)
  },
})

const multiRound = defineTool({
  name: 'test_input_required_result_multi_round',
  description: 'Asks two questions, one after the other.',
  async run(_, { elicit }) {
    const name = await elicit('step1', {
      message: 'Step 1: What is your name?',
      schema: z.object({ name: z.string() }),
    })
    const color = await elicit('step2', {
      message: 'Step 2: What is your favorite color?',
      schema: z.object({ color: z.string() }),
    })
    return JSON.stringify([name, color])
  },
})

const tamperedState = defineTool({
  name: 'test_input_required_result_tampered_state',
  description: 'Asks for a confirmation; a state that was changed is refused.',
  async run(_, { elicit }) {
    await elicit('confirm', CONFIRM)
    return 'Confirmed.'
  },
})

const capabilities = defineTool({
  name: 'test_input_required_result_capabilities',
  description: 'Asks the person where it can, else the model.',
  async run(_, context) {
    if (context.canElicit()) return JSON.stringify(await context.elicit('user_name', NAME))
    return JSON.stringify(await asker(context)('greeting', sampling('Generate a greeting', 50)))
  },
})

export const askingTools = [
  elicitation,
  sample,
  listRoots,
  requestState,
  multipleInputs,
  multiRound,
  tamperedState,
  capabilities,
]

export const askingPrompt = definePrompt({
  name: 'test_input_required_result_prompt',
  description: 'Asks for a context to use.',
  async run(_, { elicit }) {
    const answer = await elicit('user_context', {
      message: 'What context should the prompt use?',
      schema: z.object({ context: z.string() }),
    })
    return answer.action === 'accept'
      ? `Use this context: ${answer.content.context}`
      : 'No context.'
  },
})
