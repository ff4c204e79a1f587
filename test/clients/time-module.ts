/** What every client must be able to do with the `time` module, whatever its protocol revision. @module */
import { expect, it } from 'vitest'

/** The part of a tool result that clients pass on alike. */
export interface CallOutcome {
  isError?: boolean | undefined
  structuredContent?: unknown
  content: unknown
}

/** One way for a program to reach a module. */
export interface TimeClient {
  listTools(): Promise<string[]>
  callTool(name: string, args: Record<string, string>): Promise<CallOutcome>
}

const berlinTime = {
  timezone: 'Europe/Berlin',
  iso: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\+0[12]:00$/),
  local: expect.stringMatching(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/),
  weekday: expect.stringMatching(/day$/),
  utcOffset: expect.stringMatching(/^\+0[12]:00$/),
}

/** Registers the tests. `client` is called in each of them, so it may be connected in `beforeAll`. */
export function usesTheTimeModule(client: () => TimeClient): void {
  it('lists the tools', async () => {
    expect(await client().listTools()).toEqual(['get_current_time', 'convert_time'])
  })

  it('asks for the time in Berlin', async () => {
    const outcome = await client().callTool('get_current_time', { timezone: 'Europe/Berlin' })
    expect(outcome.isError ?? false).toBe(false)
    expect(outcome.structuredContent).toEqual(berlinTime)
    // Clients of before structured content read the same from the text.
    expect(JSON.parse(textOf(outcome))).toEqual(outcome.structuredContent)
  })

  it('converts a time, over the change of date', async () => {
    const args = { time: '2026-07-01T20:30', from: 'America/New_York', to: 'Asia/Tokyo' }
    const { isError, structuredContent } = await client().callTool('convert_time', args)
    expect(isError ?? false).toBe(false)
    expect(structuredContent).toMatchObject({
      from: { timezone: 'America/New_York', iso: '2026-07-01T20:30:00-04:00' },
      to: { timezone: 'Asia/Tokyo', iso: '2026-07-02T09:30:00+09:00', weekday: 'Thursday' },
    })
  })

  it('gets an error the model can act on for an unknown zone', async () => {
    const outcome = await client().callTool('get_current_time', { timezone: 'Europe/Berlim' })
    expect(outcome.isError).toBe(true)
    expect(textOf(outcome)).toContain('Europe/Berlin')
  })
}

function textOf({ content }: CallOutcome): string {
  const [block] = content as { type: string; text: string }[]
  expect(block?.type).toBe('text')
  return block?.text ?? ''
}
