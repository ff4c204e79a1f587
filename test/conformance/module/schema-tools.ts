/** Tools whose input schema is what the referee looks at. @module */
import * as z from 'zod'
import { defineTool, jsonSchema } from '#sdk'

const jsonSchema202012 = defineTool({
  name: 'json_schema_2020_12_tool',
  description: 'Takes arguments described with the wider vocabulary of JSON Schema 2020-12.',
  input: jsonSchema({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    $defs: {
      address: {
        $anchor: 'addressDef',
        type: 'object',
        properties: { street: { type: 'string' }, city: { type: 'string' } },
      },
    },
    properties: {
      name: { type: 'string' },
      address: { $ref: '#/$defs/address' },
      contactMethod: { type: 'string', enum: ['phone', 'email'] },
      phone: { type: 'string' },
      email: { type: 'string' },
    },
    allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
    if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema, in data
    then: { required: ['phone'] },
    else: { required: ['email'] },
    additionalProperties: false,
  }),
  run: (args) => JSON.stringify(args),
})

const headerParams = defineTool({
  name: 'test_header_params',
  description: 'Takes parameters of every type that clients repeat in a header.',
  input: z.object({
    region: z.string().meta({ 'x-mcp-header': 'Region' }),
    priority: z.int().meta({ 'x-mcp-header': 'Priority' }).optional(),
    verbose: z.boolean().meta({ 'x-mcp-header': 'Verbose' }).optional(),
  }),
  run: (args) => JSON.stringify(args),
})

export const schemaTools = [jsonSchema202012, headerParams]
