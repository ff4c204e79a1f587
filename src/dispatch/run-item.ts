import { ProtocolError } from '../protocol'
import type { Caller, Item, ToolContext } from '../sdk'
import type { Circumstances } from './call'
import { undeclaredBy } from './client-questions'
import {
  CANCELLED,
  type Ending,
  failedUnexpectedly,
  readThrown,
  refuse,
  tookTooLong,
  tooLong,
} from './ending'
import { type Provided, provide } from './provide'
import type { CallStart, DispatchPorts } from './record'
import { runWithDeadline } from './run-with-deadline'
import { missingCapability, suspended } from './suspend'
import { toolContext } from './tool-context'

/** What a run of something comes to that has no result to put a failure in: its value, or an error. */
export type Ran = { ok: true; value: unknown } | { ok: false; ending: Ending<never> }

/** How what an author throws becomes an error, where that depends on what was thrown. */
export type ThrownError = (error: unknown) => ProtocolError | undefined

/**
 * Runs a function of a resource, template or prompt: it gets what its item uses, has that item's
 * time at most, and whatever goes wrong is a JSON-RPC error, for these have no results that could
 * say so.
 *
 * @param name What is run, for sentences: `Resource "readme"`.
 * @param asking Of what may ask for input; completions and lists may not (M-70).
 */
export async function runItem(
  name: string,
  item: Item,
  call: Circumstances,
  caller: Caller,
  ports: DispatchPorts,
  work: (context: ToolContext & Provided) => unknown,
  thrownError: ThrownError = () => undefined,
  timeoutMs = item.timeoutMs,
  asking?: { start: CallStart; description: object },
): Promise<Ran> {
  const lacking = asking && undeclaredBy(call, item)
  if (lacking) {
    return {
      ok: false,
      ending: refuse('missing_capability', missingCapability(item.name, lacking)),
    }
  }
  const given = provide(item, call, ports)
  if (!given.ok) return given
  const run = await runWithDeadline(call.signal, timeoutMs, (ended) =>
    work(toolContext(call, caller, ended, given.provision, ports, timeoutMs, asking?.start)),
  )
  switch (run.kind) {
    case 'returned':
      return { ok: true, value: run.value }
    case 'cancelled':
      return { ok: false, ending: refuse('cancelled', failed(CANCELLED)) }
    case 'timeout':
      return { ok: false, ending: refuse('timeout', failed(tookTooLong(name, timeoutMs))) }
    case 'threw':
      return { ok: false, ending: threw(name, run.error, thrownError, ports.development) }
    case 'suspended': {
      if (!asking) throw new Error('what cannot ask was suspended')
      const { start, description } = asking
      const shape = { item, description }
      return {
        ok: false,
        ending: await suspended(run.suspension, shape, call, caller, start, ports),
      }
    }
    default:
      return run satisfies never
  }
}

/** The end of something whose own code threw, schemas included. */
export function threw(
  name: string,
  error: unknown,
  thrownError: ThrownError = () => undefined,
  development = false,
): Ending<never> {
  const { outcome, message = failedUnexpectedly(name), detail } = readThrown(error, development)
  return refuse(outcome, thrownError(error) ?? failed(message), detail)
}

/** The end of something that returned more than is sent. */
export const tooLarge = (name: string, length: number): Ending<never> => ({
  ...refuse('too_large', failed(tooLong(name, length))),
  resultChars: length,
})

/** The end of something that returned what it may not return. */
export const faulty = (name: string, problem: string): Ending<never> =>
  refuse(
    'invalid_output',
    failed(`${name} returned what it may not. This is its own fault.`),
    problem,
  )

const failed = (message: string): ProtocolError => new ProtocolError('item_failed', message)
