import {
  type Call,
  type CallRecord,
  type Circumstances,
  createDispatch,
  type DispatchResult,
} from '../../src/dispatch'
import type { Ask, AskedMethod, CallToolResult } from '../../src/protocol'
import { createRegistry, type HostedServer } from '../../src/registry'
import { type Caller, defineServer, type ServerOptions, type ToolDefinition } from '../../src/sdk'
import { NO_AUDIT } from './audit'
import { NOTHING_OUTSIDE } from './outside'

export const CALLER: Caller = {
  tenant: 'default',
  principal: { kind: 'anonymous', id: 'somebody' },
  client: { name: 'tests', version: '1.0.0' },
  scopes: new Set(),
  roles: new Set(),
}

/** Hosts one module for tests. */
export function host(options: Partial<ServerOptions>): HostedServer {
  const definition = defineServer({ name: 'lab', version: '1.0.0', access: 'public', ...options })
  const server = createRegistry([definition]).get(definition.name)
  if (!server) throw new Error('the registry lost its only module')
  return server
}

/** What a call comes with that asks for nothing in particular. */
export const circumstances = (server: HostedServer): Circumstances => ({
  server,
  clientCapabilities: {},
  signal: new AbortController().signal,
  audit: NO_AUDIT,
  correlationId: 'a-request',
  labels: {},
})

/** Asks a module for one thing, with a clock that stands still. */
export async function ask<A extends Ask>(
  server: HostedServer,
  asked: A,
  caller: Partial<Caller> = {},
  changes: Partial<Circumstances> & Partial<A> = {},
): Promise<{ result: DispatchResult<A['method']>; records: CallRecord[] }> {
  const records: CallRecord[] = []
  const dispatch = createDispatch({
    ...NOTHING_OUTSIDE,
    now: () => 0,
    started: async () => true,
    record: (_, __, it) => records.push(it),
    databaseOf: () => ({ ok: false as const, remedy: 'no database' }),
  })
  const call = { ...circumstances(server), ...asked, ...changes } as Call & A
  return { result: await dispatch(call, { ...CALLER, ...caller }), records }
}

/** What a call that went well came to. */
export function resultOf<Method extends AskedMethod>(result: DispatchResult<Method>) {
  if (result.kind !== 'complete') throw new Error(`the call ended as ${JSON.stringify(result)}`)
  return result.result
}

export interface Finished {
  result: DispatchResult<'tools/call'>
  records: CallRecord[]
  /** The result of a call that completed. */
  completed(): CallToolResult & { outcome: string }
  /** The text of its first block. */
  text(): string
}

/** One call of one tool. */
export async function callTool(
  // biome-ignore lint/suspicious/noExplicitAny: tools of every type are called by these tests
  tool: ToolDefinition<any, any>,
  args?: unknown,
  changes: Partial<Call<'tools/call'>> = {},
): Promise<Finished> {
  const server = host({ tools: [tool] })
  const asked: Extract<Ask, { method: 'tools/call' }> = {
    method: 'tools/call',
    tool: tool.name,
    args,
  }
  const { result, records } = await ask(server, asked, {}, changes)
  const completed = () => {
    if (result.kind !== 'complete') throw new Error(`the call ended as ${result.kind}`)
    return { ...result.result, outcome: result.outcome }
  }
  return {
    result,
    records,
    completed,
    text() {
      const [first] = completed().content
      if (first?.type !== 'text') throw new Error('the result does not start with text')
      return first.text
    },
  }
}
