/** What is recorded of resources, prompts and completions: that they were used, and not of what. @module */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { connect, consume, type Journey, rows, startJourney, type Tokens } from './journey'

const WORD = 'word-canary-word'

let journey: Journey
let tokens: Tokens
let printed: string[]
beforeEach(async () => {
  printed = []
  vi.spyOn(console, 'log').mockImplementation((line) => void printed.push(String(line)))
  journey = startJourney()
  tokens = (await connect(journey, 'vault:read')).tokens
})
afterEach(() => {
  vi.restoreAllMocks()
})

const ask = (method: string, params: Record<string, unknown>) =>
  journey.ask('/vault/mcp', method, params, tokens.access_token)

const ofPrompt = { ref: { type: 'ref/prompt', name: 'riddle' } }

describe('what is recorded', () => {
  it.each<[string, Record<string, unknown>, object]>([
    [
      'resources/read',
      { uri: `vault://words/${WORD}` },
      { resource: 'word', argumentChars: `vault://words/${WORD}`.length, resultChars: 5 },
    ],
    ['prompts/get', { name: 'riddle', arguments: { word: WORD } }, { prompt: 'riddle' }],
    [
      'completion/complete',
      { ...ofPrompt, argument: { name: 'word', value: WORD } },
      { prompt: 'riddle' },
    ],
    ['resources/list', {}, { resource: 'word' }],
  ])('of %s: its name, and nothing that came or went', async (method, params, named) => {
    expect((await ask(method, params)).status).toBe(200)
    const event = journey.queue.one('call_finished')
    expect(event).toMatchObject({ module: 'vault', method, outcome: 'ok', ...named })
    expect(event).not.toHaveProperty('tool')
    await consume([event])
    const [row] = await rows('call_id = ?', event.callId)
    const { resource = null, prompt = null } = event
    expect(row).toMatchObject({ method, tool: null, resource, prompt })
    const all = JSON.stringify([journey.queue.events, row, printed])
    expect(all).toContain(method)
    expect(all).not.toContain('word-canary')
  })
})
