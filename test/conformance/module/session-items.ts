/** Tools that ask the client of a session. Names, fields and texts are the referee's. @module */
import * as z from 'zod'
import { defineTool } from '#sdk'
import { asker } from './asking-items'

const sampling = defineTool({
  name: 'test_sampling',
  description: "Asks the client's model.",
  input: z.object({ prompt: z.string() }),
  async run({ prompt }, context) {
    const answer = await asker(context)('model', {
      method: 'sampling/createMessage',
      params: {
        messages: [{ role: 'user', content: { type: 'text', text: prompt } }],
        maxTokens: 100,
      },
    })
    return `LLM response: ${JSON.stringify(answer)}`
  },
})

const elicitation = defineTool({
  name: 'test_elicitation',
  description: 'Asks the person for a name and an address.',
  input: z.object({ message: z.string() }),
  async run({ message }, { elicit }) {
    const answer = await elicit('person', {
      message,
      schema: z.object({
        username: z.string().describe("User's response"),
        email: z.string().describe("User's email address"),
      }),
    })
    return `User response: ${JSON.stringify(answer)}`
  },
})

const defaults = defineTool({
  name: 'test_elicitation_sep1034_defaults',
  description: 'Asks with a form whose fields are filled in already.',
  async run(_, { elicit }) {
    const { action, ...rest } = await elicit('form', {
      message: 'Please review and update the form fields with defaults',
      schema: z.object({
        name: z.string().default('John Doe'),
        age: z.int().default(30),
        score: z.number().default(95.5),
        status: z.enum(['active', 'inactive', 'pending']).default('active'),
        verified: z.boolean().default(true),
      }),
    })
    return `Elicitation completed: action=${action}, content=${JSON.stringify(rest)}`
  },
})

const titled = (value: string, title: string) => z.literal(value).meta({ title })

const enums = defineTool({
  name: 'test_elicitation_sep1330_enums',
  description: 'Asks with each kind of choice.',
  async run(_, { elicit }) {
    const { action, ...rest } = await elicit('form', {
      message: 'Please select options from the enum fields',
      schema: z.object({
        untitledSingle: z.enum(['option1', 'option2', 'option3']),
        titledSingle: z.union([
          titled('value1', 'First Option'),
          titled('value2', 'Second Option'),
          titled('value3', 'Third Option'),
        ]),
        legacyEnum: z
          .enum(['opt1', 'opt2', 'opt3'])
          .meta({ enumNames: ['Option One', 'Option Two', 'Option Three'] }),
        untitledMulti: z.array(z.enum(['option1', 'option2', 'option3'])),
        titledMulti: z.array(
          z.union([
            titled('value1', 'First Choice'),
            titled('value2', 'Second Choice'),
            titled('value3', 'Third Choice'),
          ]),
        ),
      }),
    })
    return `Elicitation completed: action=${action}, content=${JSON.stringify(rest)}`
  },
})

export const sessionTools = [sampling, elicitation, defaults, enums]
