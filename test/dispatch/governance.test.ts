/**
 * What is decided about a call before it runs: whether the tool exists for this caller, scopes, and
 * what the tool is given.
 *
 * @module
 */
import { describe, expect, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import { type CallRecord, createDispatch, type DispatchPorts } from '../../src/dispatch'
import { createRegistry } from '../../src/registry'
import {
  type Caller,
  type Database,
  defineServer,
  defineTool,
  type ToolContext,
} from '../../src/sdk'
import { circumstances } from './harness'
import { NOTHING_OUTSIDE } from './outside'

const database: Database = { prepare: () => never('prepare'), batch: () => never('batch') }
const never = (what: string) => {
  throw new Error(`${what} was not expected`)
}

const input = z.object({ text: z.string() })
const echo = defineTool({ name: 'echo', description: 'Echo.', input, run: ({ text }) => text })
const write = defineTool({
  name: 'write',
  description: 'Writes.',
  scopes: ['desk:write', 'desk:read'],
  input,
  run: ({ text }) => text,
})
const operate = defineTool({
  name: 'operate',
  description: 'Operates.',
  roles: ['operator'],
  scopes: ['desk:admin'],
  input,
  run: ({ text }) => text,
})
const stored = defineTool({
  name: 'stored',
  description: 'Has a database.',
  uses: { db: true },
  run(_, context) {
    expectTypeOf(context.db).toEqualTypeOf<Database>()
    return context.db === database ? 'the database' : 'something else'
  },
})
const plain = defineTool({
  name: 'plain',
  description: 'Has none.',
  run(_, context) {
    expectTypeOf(context).toEqualTypeOf<ToolContext>()
    // @ts-expect-error the tool does not say that it uses a database
    return String(context.db)
  },
})

const desk = (access: 'public' | 'authenticated') =>
  defineServer({
    name: 'desk',
    version: '1.0.0',
    access,
    uses: { db: true },
    scopes: {
      'desk:read': 'Read',
      'desk:write': { description: 'Write', covers: ['desk:read'] },
      'desk:admin': { description: 'Administer', covers: ['desk:write'] },
    },
    tools: [echo, write, operate, stored, plain],
  })

interface Asking {
  args?: unknown
  scopes?: string[]
  roles?: string[]
  access?: 'public' | 'authenticated'
  databaseOf?: DispatchPorts['databaseOf']
}

async function call(tool: string, asking: Asking = {}) {
  const { args = { text: 'hello' }, scopes = [], roles = [], access = 'authenticated' } = asking
  const records: CallRecord[] = []
  const asked: string[] = []
  const dispatch = createDispatch({
    ...NOTHING_OUTSIDE,
    now: () => 0,
    started: async () => true,
    record: (_labels, _caller, record) => records.push(record),
    databaseOf(module) {
      asked.push(module)
      return asking.databaseOf?.(module) ?? { ok: true, database }
    },
  })
  const server = createRegistry([desk(access)]).get('desk')
  if (!server) throw new Error('not registered')
  const caller: Caller = {
    tenant: 'default',
    principal: { kind: 'person', id: 'ana' },
    client: undefined,
    scopes: new Set(scopes),
    roles: new Set(roles),
  }
  const result = await dispatch(
    { ...circumstances(server), method: 'tools/call', tool, args },
    caller,
  )
  return { result, outcome: records[0]?.outcome, asked }
}

const text = (value: string) => ({
  kind: 'complete',
  outcome: 'ok',
  result: { content: [{ type: 'text', text: value }] },
})

describe('scopes of a call', () => {
  it.each(['desk:write', 'desk:admin'])('are met by %s, through what it covers', async (scope) => {
    expect((await call('write', { scopes: [scope] })).result).toEqual(text('hello'))
  })

  it.each([
    { scopes: [] },
    { scopes: ['desk:read'] },
    { scopes: ['desk:writer'] },
    { scopes: ['other:write'] },
  ])('are not met by $scopes; the answer names all that are needed', async ({ scopes }) => {
    const { result, outcome } = await call('write', { scopes })
    expect(outcome).toBe('insufficient_scope')
    expect(result).toMatchObject({
      kind: 'error',
      error: {
        kind: 'insufficient_scope',
        status: 403,
        code: -32600,
        data: { requiredScopes: ['desk:write', 'desk:read'] },
      },
    })
  })

  it('are checked before the arguments', async () => {
    const { outcome } = await call('write', { args: { wrong: true } })
    expect(outcome).toBe('insufficient_scope')
  })

  it.each(['public', 'authenticated'] as const)(
    'are not asked for by a tool without any in a module that is %s',
    async (access) => {
      expect((await call('echo', { access })).result).toEqual(text('hello'))
    },
  )

  it('are asked for by a tool that has some in a public module too', async () => {
    expect((await call('write', { access: 'public' })).outcome).toBe('insufficient_scope')
  })
})

describe('a tool limited to roles', () => {
  it('runs for a caller who has one', async () => {
    const asking = { roles: ['operator'], scopes: ['desk:admin'] }
    expect((await call('operate', asking)).result).toEqual(text('hello'))
  })

  it.each([{ roles: [] }, { roles: ['member'] }])(
    'cannot be told from one that does not exist with $roles, whatever the scopes',
    async ({ roles }) => {
      const hidden = await call('operate', { roles, scopes: ['desk:admin'] })
      const unknown = await call('nonesuch', { roles, scopes: ['desk:admin'] })
      const [a, b] = [hidden, unknown].map(({ result }) =>
        JSON.stringify(result.kind === 'error' && { ...result.error, text: result.error.message }),
      )
      expect(a).toBe(b?.replace('nonesuch', 'operate'))
      expect(hidden.outcome).toBe('hidden_tool')
    },
  )

  it('asks a caller with the role for the scopes', async () => {
    expect((await call('operate', { roles: ['operator'] })).outcome).toBe('insufficient_scope')
  })
})

describe("a module's database", () => {
  it('reaches the tool that uses it', async () => {
    const { result, asked } = await call('stored', { args: {} })
    expect(result).toEqual(text('the database'))
    expect(asked).toEqual(['desk'])
  })

  it('is neither asked for nor given to a tool that does not', async () => {
    const { result, asked } = await call('plain', { args: {} })
    expect(result).toEqual(text('undefined'))
    expect(asked).toEqual([])
  })

  it('that is not bound ends the call with the sentence that says what to do', async () => {
    const databaseOf = () => ({ ok: false as const, remedy: 'Add DB_DESK.' })
    const { result, outcome } = await call('stored', { args: {}, databaseOf })
    expect(outcome).toBe('not_configured')
    expect(result).toMatchObject({
      kind: 'error',
      error: { kind: 'not_configured', status: 503, message: 'Add DB_DESK.' },
    })
  })
})
