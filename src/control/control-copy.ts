import { within } from '../lib'
import type { ControlSnapshot } from './control-state'

/** An isolate's copy is taken as it is for this long. */
const FRESH_SECONDS = 2
/** Past this age nothing but reading is done on it: the switches may say otherwise by now. */
export const STALE_SECONDS = 5
/** Somebody's call waits for the answer. */
const DEADLINE_SECONDS = 1
/** Between two questions after one that failed; twice as long each time. */
const FIRST_PAUSE_SECONDS = 0.5
const LONGEST_PAUSE_SECONDS = 2

/** One isolate's copy: plain values, no promise that another request would have to await. */
export interface ControlCopy {
  /** 0 while nothing was read. */
  epoch: number
  /** By person. */
  cuts: Map<string, { epoch: number; expiresAt: number }>
  readAt: number
  /** When a request asked last: its answer may be on the way. */
  askedAt: number
  /** Not to be asked again before; set by failures. */
  retryAt: number
  /** In a row. */
  failures: number
}

export const emptyControlCopy = (): ControlCopy => ({
  epoch: 0,
  cuts: new Map(),
  readAt: Number.NEGATIVE_INFINITY,
  askedAt: Number.NEGATIVE_INFINITY,
  retryAt: Number.NEGATIVE_INFINITY,
  failures: 0,
})

/** Has the next request read the switches again, however young the copy is. */
export function expireControlCopy(copy: ControlCopy): void {
  copy.readAt = Number.NEGATIVE_INFINITY
  copy.askedAt = Number.NEGATIVE_INFINITY
  copy.retryAt = Number.NEGATIVE_INFINITY
}

export interface ControlPorts {
  /** Seconds since the epoch, with fractions. */
  now(): number
  read(nowSeconds: number, known: number): Promise<ControlSnapshot | undefined>
}

/** Of whom something was read, and when. */
export interface Remembered {
  person: string
  /** `Control.epoch` when it was read; taken before reading, so that nothing falls in between. */
  epoch: number
}

export interface Control {
  /** How far an answer can be trusted: `stale` when the switches could not be read in time. */
  freshness: 'fresh' | 'stale'
  epoch: number
  /** Whether something has changed since, so that what is remembered must be read again. */
  isCut(remembered: Remembered): boolean
}

/**
 * The switches as this isolate knows them, re-read when its copy is older than two seconds: by one
 * request, while the others go on with the copy as long as that is good for anything. While the
 * switches cannot be read, few requests try, and the rest hear at once that they are stale.
 */
export function readControl(copy: ControlCopy, ports: ControlPorts): Control | Promise<Control> {
  const now = ports.now()
  const age = now - copy.readAt
  const isAsked = now - copy.askedAt < DEADLINE_SECONDS
  const isUsable = age < STALE_SECONDS || copy.failures > 0
  return age >= FRESH_SECONDS && now >= copy.retryAt && !(isAsked && isUsable)
    ? readAgain(copy, now, ports).then(() => controlOf(copy, ports.now()))
    : controlOf(copy, now)
}

function controlOf(copy: ControlCopy, now: number): Control {
  const { epoch, cuts, readAt } = copy
  return {
    freshness: now - readAt < STALE_SECONDS ? 'fresh' : 'stale',
    epoch,
    isCut: ({ person, epoch: since }) =>
      since < copy.epoch && (cuts.get(person)?.epoch ?? 0) > since,
  }
}

async function readAgain(copy: ControlCopy, now: number, ports: ControlPorts): Promise<void> {
  copy.askedAt = now
  const reading = async (): Promise<void> => {
    const snapshot = await ports.read(Math.floor(now), copy.epoch)
    // Also when nobody waits for it any more.
    if (snapshot) add(copy, snapshot, now)
    copy.readAt = Math.max(copy.readAt, now)
    copy.failures = 0
    copy.retryAt = Number.NEGATIVE_INFINITY
  }
  try {
    await within(DEADLINE_SECONDS * 1000, reading())
  } catch (cause) {
    // Unreachable switches stop changes, not reading; see `STALE_SECONDS`.
    const pause = Math.min(FIRST_PAUSE_SECONDS * 2 ** copy.failures, LONGEST_PAUSE_SECONDS)
    copy.failures += 1
    copy.askedAt = Number.NEGATIVE_INFINITY
    copy.retryAt = ports.now() + pause
    const { failures } = copy
    console.warn(JSON.stringify({ event: 'control_unreachable', failures, detail: String(cause) }))
  }
}

/** Adds what is new. Answers may cross: each holds all that came after what was known. */
function add(copy: ControlCopy, { epoch, cuts }: ControlSnapshot, now: number): void {
  for (const [person, { expiresAt }] of copy.cuts) if (expiresAt <= now) copy.cuts.delete(person)
  for (const { person, epoch: at, expiresAt } of cuts) {
    const known = copy.cuts.get(person)
    if (!known || known.epoch < at) copy.cuts.set(person, { epoch: at, expiresAt })
  }
  copy.epoch = Math.max(copy.epoch, epoch)
}
