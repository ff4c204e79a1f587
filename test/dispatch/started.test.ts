import { describe, expect, it } from 'vitest'
import { type CallRecord, type CallStart, createDispatch } from '../../src/dispatch'
import { createRegistry } from '../../src/registry'
import { type Caller, defineServer, defineTool } from '../../src/sdk'
import { circumstances } from './harness'
import { NOTHING_OUTSIDE } from './outside'

const CALLER: Caller = {
  tenant: 'default',
  principal: { kind: 'person', id: 'ana' },
  client: undefined,
  scopes: new Set(),
  roles: new Set(),
}

/** Calls one tool; everything that happened, in order. */
async function call(readOnlyHint: boolean, { noted = true, aborted = false } = {}) {
  const order: string[] = []
  const starts: CallStart[] = []
  const records: CallRecord[] = []
  const tool = defineTool({
    name: 'act',
    description: 'Acts.',
    annotations: { readOnlyHint },
    run() {
      order.push('ran')
      return 'done'
    },
  })
  const lab = defineServer({ name: 'lab', version: '1', access: 'public', tools: [tool] })
  const dispatch = createDispatch({
    ...NOTHING_OUTSIDE,
    now: () => 0,
    async started(_labels, _caller, start) {
      starts.push(start)
      await Promise.resolve()
      order.push('noted')
      return noted
    },
    record(_labels, _caller, record) {
      order.push('recorded')
      records.push(record)
    },
    databaseOf: () => ({ ok: false as const, remedy: 'no database' }),
  })
  const server = createRegistry([lab]).get('lab')
  if (!server) throw new Error('the registry lost its only module')
  const signal = aborted ? AbortSignal.abort() : new AbortController().signal
  const result = await dispatch(
    { ...circumstances(server), method: 'tools/call', tool: 'act', args: {}, signal },
    CALLER,
  )
  return { order, starts, records, result }
}

describe('a tool that is not read-only', () => {
  it('runs after it was noted that it is about to, under one call id', async () => {
    const { order, starts, records } = await call(false)
    expect(order).toEqual(['noted', 'ran', 'recorded'])
    expect(records[0]?.callId).toBe(starts[0]?.callId)
  })

  it('does not run when that cannot be noted, and the caller is told that nothing happened', async () => {
    const { order, records, result } = await call(false, { noted: false })
    expect(order).toEqual(['noted', 'recorded'])
    expect(records[0]?.outcome).toBe('unavailable')
    expect(result).toMatchObject({ kind: 'error', error: { kind: 'unavailable', status: 503 } })
  })
})

describe('a tool that only reads', () => {
  it('waits for nothing', async () => {
    const { order } = await call(true)
    expect(order).toEqual(['ran', 'recorded'])
  })
})
