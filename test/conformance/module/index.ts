/**
 * What the official conformance suite expects of a server under test, written as any module is.
 * Only `test/conformance/entry.ts` hosts it.
 *
 * @module
 */
import { defineServer } from '#sdk'
import { askingPrompt, askingTools } from './asking-items'
import { contentTools } from './content-tools'
import { prompts } from './prompts'
import { resources, resourceTemplates } from './resources'
import { runningTools } from './running-tools'
import { schemaTools } from './schema-tools'
import { sessionTools } from './session-items'

export default defineServer({
  name: 'conformance',
  version: '1.0.0',
  title: 'Conformance fixture',
  description: 'Items with the names and answers the official conformance suite looks for.',
  access: 'public',
  tools: [...contentTools, ...runningTools, ...schemaTools, ...askingTools, ...sessionTools],
  resources,
  resourceTemplates,
  prompts: [...prompts, askingPrompt],
})
