import {
  type Claim,
  createLinearRun,
  emptyJournal,
  type LinearRun,
  type OnceClaims,
  type RecordedError,
} from '../handler'
import { ledgerBytesOf } from '../ledger'
import { type Caller, NotFoundError, ToolError } from '../sdk'
import type { Circumstances } from './call'
import type { CallStart, DispatchPorts } from './record'
import type { RunEnd } from './run-with-deadline'

/** Nobody can come back to a call after that, whatever they answer in the meantime. */
export const CALL_LIFE_MS = 24 * 60 * 60_000
/** Between the end of a run's time and the moment nobody waits for its effects any more. */
const LEASE_MARGIN_MS = 10_000
/** Clocks differ, and a run that began in time may end after it. */
const KEEP_MARGIN_MS = 60 * 60_000

const NO_ANSWERS = {}

/** The engine behind `ctx.step`, `ctx.once` and `ctx.elicit`: made when one of them is first used. */
export function linearRun(
  { reentry, answers = NO_ANSWERS }: Circumstances,
  caller: Caller,
  ended: RunEnd,
  start: CallStart,
  timeoutMs: number,
  ports: DispatchPorts,
): LinearRun {
  const { development } = ports
  const earlier = reentry === 'unknown' ? undefined : reentry
  const journal = earlier?.suspended.journal ?? emptyJournal(ports.now())
  return createLinearRun({
    journal,
    answers: earlier ? earlier.answers : answers,
    isFirstRun: earlier === undefined,
    claims: claimsOf(caller, start.callId, journal.startedAt, timeoutMs, ports),
    development,
    revive,
    said: () => ({
      progress: ended.progress,
      logs: Math.max(ended.logs, journal.logs),
    }),
    effects: () => ended.effects ?? [],
    isOver: () => ended.isOver,
    suspend: (suspension) => ended.endAs({ kind: 'suspended', suspension }),
    fail: (error) => ended.endAs({ kind: 'threw', error }),
  })
}

function claimsOf(
  { principal }: Caller,
  callId: string,
  callStartedAt: number,
  timeoutMs: number,
  { now, ledgerOf }: DispatchPorts,
): OnceClaims {
  // Asked for anew each time: an object that was restarted breaks the stubs there were.
  const ledger = () => ledgerOf(`${principal.kind}:${principal.id}`)
  const keepUntil = callStartedAt + CALL_LIFE_MS + KEEP_MARGIN_MS
  const maxBytes = ledgerBytesOf(principal.kind)
  return {
    async claim(key): Promise<Claim> {
      const nowMs = now()
      const leaseUntil = nowMs + timeoutMs + LEASE_MARGIN_MS
      const asked = { callId, key, leaseUntil, keepUntil, maxBytes }
      const answer = await ledger().claimOnce(asked, nowMs)
      return answer.kind === 'settled'
        ? { kind: 'settled', settled: JSON.parse(answer.settled) }
        : answer
    },
    async settle(key, claim, settled) {
      await ledger().settleOnce(callId, key, claim, JSON.stringify(settled))
    },
  }
}

/** An author's own words stay their own words in every run. */
function revive({ name, message, code }: RecordedError, cause?: unknown): Error {
  const options = cause === undefined ? undefined : { cause }
  if (code !== undefined && name === 'NotFoundError')
    return new NotFoundError(code, message, options)
  if (code !== undefined && name === 'ToolError') return new ToolError(code, message, options)
  const error = new Error(message, options)
  error.name = name
  return error
}
