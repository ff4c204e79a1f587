import { describe, expect, it } from 'vitest'
import { faultIn } from '../../src/cli/call-failure.ts'

const line = (changes: object) =>
  JSON.stringify({ event: 'call', module: 'dice', method: 'tools/call', ...changes })

describe('what the terminal says of a call', () => {
  it.each([
    [
      { tool: 'roll', outcome: 'failed', detail: 'TypeError: x is undefined' },
      'servers/dice: "roll" failed: TypeError: x is undefined',
    ],
    [
      { tool: 'roll', outcome: 'invalid_output', detail: '- sum: expected number' },
      'servers/dice: "roll" returned what its output schema does not allow: - sum: expected number',
    ],
    [
      { method: 'resources/read', resource: 'rules', outcome: 'failed', detail: 'Error: gone' },
      'servers/dice: "rules" failed: Error: gone',
    ],
    [
      { method: 'resources/list', outcome: 'failed', detail: 'Error: gone' },
      'servers/dice: resources/list failed: Error: gone',
    ],
  ])('is what its author has to mend: %j', (changes, sentence) => {
    expect(faultIn(line(changes))).toBe(sentence)
  })

  it.each([
    line({ tool: 'roll', outcome: 'ok' }),
    line({ tool: 'roll', outcome: 'tool_error', detail: 'out_of_dice' }),
    JSON.stringify({ event: 'audit_lost', detail: '"outcome":"failed"' }),
    'the module says "outcome":"failed"',
    '{"outcome":"failed"',
  ])('is nothing for %s', (text) => {
    expect(faultIn(text)).toBeUndefined()
  })
})
