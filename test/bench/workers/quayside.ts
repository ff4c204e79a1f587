/** The platform as deployed, with two public modules: one tool, and the same tool a hundred times. @module */
import * as z from 'zod'
import { createApp } from '../../../src/app'
import { defineServer, defineTool } from '../../../src/sdk'

export { ControlState } from '../../../src/control'
export { KeyRing } from '../../../src/keys'
export { CallLedger } from '../../../src/ledger'
export { AuthTransactions, ReplayGuard, UserGrants } from '../../../src/oauth'

const echoTool = (name: string) =>
  defineTool({
    name,
    title: 'Echo',
    description: 'Says what it was told.',
    annotations: { readOnlyHint: true, openWorldHint: false },
    input: z.object({ text: z.string().max(200).describe('What to say') }),
    run: ({ text }) => text,
  })

const numbered = Array.from({ length: 100 }, (_, index) => echoTool(`echo_${index + 1}`))

export default createApp([
  defineServer({ name: 'one', version: '1.0.0', access: 'public', tools: [echoTool('echo')] }),
  defineServer({ name: 'hundred', version: '1.0.0', access: 'public', tools: numbered }),
])
