import { type Call, type CallRecord, createDispatch, type DispatchResult } from '../../src/dispatch'
import type { CallToolResult } from '../../src/protocol'
import { createRegistry } from '../../src/registry'
import { type Caller, defineServer, type ToolDefinition } from '../../src/sdk'
import { NO_AUDIT } from './audit'

export const CALLER: Caller = {
  tenant: 'default',
  principal: { kind: 'anonymous', id: 'somebody' },
  client: { name: 'tests', version: '1.0.0' },
  scopes: new Set(),
  roles: new Set(),
}

export interface Finished {
  result: DispatchResult
  records: CallRecord[]
  /** The result of a call that completed. */
  completed(): CallToolResult & { outcome: string }
  /** The text of its first block. */
  text(): string
}

/** One call of one tool, with a clock that stands still. */
export async function callTool(
  // biome-ignore lint/suspicious/noExplicitAny: tools of every type are called by these tests
  tool: ToolDefinition<any, any>,
  args?: unknown,
  changes: Partial<Call> = {},
): Promise<Finished> {
  const definition = defineServer({
    name: 'lab',
    version: '1.0.0',
    access: 'public',
    tools: [tool],
  })
  const server = createRegistry([definition]).get('lab')
  if (!server) throw new Error('the registry lost its only module')
  const records: CallRecord[] = []
  const dispatch = createDispatch({
    now: () => 0,
    started: async () => true,
    record: (_, __, it) => records.push(it),
    databaseOf: () => ({ ok: false as const, remedy: 'no database' }),
  })
  const call: Call = {
    server,
    tool: tool.name,
    args,
    clientCapabilities: {},
    signal: new AbortController().signal,
    audit: NO_AUDIT,
    correlationId: 'correlated',
    labels: {},
    ...changes,
  }
  const result = await dispatch(call, CALLER)
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
