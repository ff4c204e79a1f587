import { isObject } from '../lib'
import type { JsonSchema, PromptArgument } from '../protocol'
import type { PromptDefinition } from '../sdk'
import { checkNames, type Report } from './checks'
import { describeItem } from './describe-item'
import type { HostedPrompt } from './hosted'
import { wireSchema } from './wire-schema'

export function hostPrompt(prompt: PromptDefinition, report: Report): HostedPrompt {
  const inputSchema = wireSchema('input', prompt.input, report)
  const properties = propertiesOf(inputSchema, report)
  const required = Array.isArray(inputSchema.required) ? inputSchema.required : []
  checkNames(
    'complete',
    prompt.complete,
    properties.map(([name]) => name),
    report,
  )
  const asked = properties.map(
    ([name, { title, description }]): PromptArgument => ({
      name,
      ...(typeof title === 'string' && { title }),
      ...(typeof description === 'string' && { description }),
      required: required.includes(name),
    }),
  )
  const { _meta, ...described } = describeItem(prompt)
  return {
    definition: prompt,
    description: {
      ...described,
      ...(asked.length > 0 && { arguments: asked }),
      ...(_meta && { _meta }),
    },
    inputSchema,
    choices: new Map(
      properties
        .map(([name, { enum: values }]) => [name, textsOf(values)] as const)
        .filter(([, values]) => values.length > 0),
    ),
  }
}

/** The arguments with their schemas. Clients send texts and nothing else. */
function propertiesOf(schema: JsonSchema, report: Report): [string, JsonSchema][] {
  if (schema.type !== 'object') {
    report('input', 'must describe an object; its JSON Schema has another or no root type')
    return []
  }
  const properties = isObject(schema.properties) ? schema.properties : {}
  return Object.entries(properties).map(([name, property]) => {
    if (isObject(property) && property.type === 'string') return [name, property]
    report('input', `at ${name}: arguments of prompts are texts; turn them into more in run()`)
    return [name, {}]
  })
}

const textsOf = (values: unknown): string[] =>
  Array.isArray(values) ? values.filter((value) => typeof value === 'string') : []
