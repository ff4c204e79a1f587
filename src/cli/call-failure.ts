/** What an author has to hear of in the log of the Worker. @module */
import * as z from 'zod'
import { parseJson } from '../lib/parse-json.ts'

const FAULTS = {
  failed: 'failed',
  invalid_output: 'returned what its output schema does not allow',
}

const FaultyCall = z.object({
  event: z.literal('call'),
  module: z.string(),
  method: z.string(),
  tool: z.string().optional(),
  resource: z.string().optional(),
  prompt: z.string().optional(),
  outcome: z.enum(['failed', 'invalid_output']),
  detail: z.string().default('see its code'),
})

/**
 * The sentence for a line about a call that ended by a fault of the module's own code, of which its
 * caller is told nothing; undefined for every other line.
 */
export function faultIn(line: string): string | undefined {
  // Most lines are about calls that went well.
  if (!/"outcome":"(failed|invalid_output)"/.test(line)) return undefined
  const read = FaultyCall.safeParse(parseJson(line))
  if (!read.success) return undefined
  const { module, method, tool, resource = tool, prompt = resource, outcome, detail } = read.data
  const item = prompt === undefined ? method : `"${prompt}"`
  return `servers/${module}: ${item} ${FAULTS[outcome]}: ${detail}`
}
