/**
 * `ctx.state`: what a module keeps for its caller from call to call. Where it is kept, and what leads
 * back to it:
 *
 * - Of a caller who is known, all of it is in their ledger. A handle is good for this caller, module
 *   and kind of state only; anybody else's looks like none that ever was.
 * - Of one who is anonymous nobody is known, and the handle is all there is: whoever has it is who
 *   may use it. What it leads to has an object to itself.
 * - A session of 2025 leads to one by its own id.
 *
 * @module
 */
import type { Jurisdiction } from '../config'
import { PURPOSES, type Sealer } from '../keys'
import {
  type CallLedger,
  MAX_STATE_BYTES,
  type StateKey,
  type StateWrite,
  type WriteOutcome,
} from '../ledger'
import { askAgain, encodeBase64Url, shortDigest, utf8 } from '../lib'
import {
  type Caller,
  type State,
  type StateDefinition,
  type StateDefinitions,
  type States,
  ToolError,
} from '../sdk'
import type { CallSession } from './call'
import { listed } from './ending'
import { type Validated, validate } from './validate'

/** The ledger of a principal, as far as states are concerned. */
export type StateLedger = Pick<
  DurableObjectStub<CallLedger>,
  'readState' | 'writeState' | 'deleteState'
>

export interface StatePorts {
  sealer: Sealer
  /** A fresh stub. @param subject `kind:id`. */
  ledgerOf(subject: string, jurisdiction: Jurisdiction | undefined): StateLedger
  /** Where new ones are kept. */
  jurisdiction: Jurisdiction | undefined
  /** Milliseconds since the epoch. */
  now(): number
}

export interface StateCircumstances {
  module: string
  caller: Caller
  session: CallSession | undefined
}

/** Where one is, and until when it can be reached. */
interface Place {
  id: string
  jurisdiction: Jurisdiction | undefined
  /** Epoch seconds. */
  expiresAt: number
}

/** One that is open: what it holds, and the version that a change of it is made to. */
interface Opened {
  version: string | null
  value: unknown
}

const ID_BYTES = 16
const MAX_ATTEMPTS = 10

/** The `ctx.state` of one call. */
export const createStates = (
  definitions: StateDefinitions,
  circumstances: StateCircumstances,
  ports: StatePorts,
): Record<string, States<unknown, unknown>> =>
  Object.fromEntries(
    Object.entries(definitions).map(([name, definition]) => [
      name,
      statesOf({ definition, ...circumstances, ...ports }),
    ]),
  )

/** All there is to know of one kind of state in one call. */
type Kind = StateCircumstances & StatePorts & { definition: StateDefinition }

function statesOf(kind: Kind): States<unknown, unknown> {
  const { definition, session, jurisdiction } = kind
  const words = wordsOf(definition)

  const create = async () => {
    const id = `h${encodeBase64Url(crypto.getRandomValues(new Uint8Array(ID_BYTES)))}`
    const place = { id, jurisdiction, expiresAt: nowSeconds(kind) + PURPOSES['state-handle'] }
    const handle = await sealHandle(place, kind)
    // Nobody has been there yet, so there is nothing to read.
    const known = { version: null, value: await initialOf(definition) }
    return openAt(place, kind, { handle, whereNone: 'expired', known })
  }
  return {
    create,
    async open(handle) {
      if (handle !== undefined) {
        const place = await openHandle(handle, kind)
        if (!place) throw words.unknown()
        if (place.expiresAt <= nowSeconds(kind)) throw words.expired()
        return openAt(place, kind, { handle, whereNone: 'expired' })
      }
      if (!session) return create()
      const place = { ...session, id: `s${session.id}` }
      return openAt(place, kind, { handle: await sealHandle(place, kind), whereNone: 'begin' })
    },
  }
}

interface Opening {
  handle: string
  /** What it means that nothing is kept there that can be read. */
  whereNone: 'begin' | 'expired'
  /** What is there, where that is known. */
  known?: Opened
}

async function openAt(
  place: Place,
  kind: Kind,
  { handle, whereNone, known }: Opening,
): Promise<State<unknown, unknown>> {
  const { definition } = kind
  const words = wordsOf(definition)
  const rows = rowsAt(place, kind)

  const read = async (): Promise<Opened> => {
    const kept = await rows.read()
    const checked = kept && (await checkJson(definition, kept.json))
    if (checked?.ok) return { version: kept?.version ?? null, value: checked.value }
    if (whereNone === 'expired') throw kept ? words.outdated() : words.expired()
    return { version: kept?.version ?? null, value: await initialOf(definition) }
  }

  let opened = known ?? (await read())
  const put = async (next: unknown): Promise<WriteOutcome> => {
    const json = JSON.stringify(next)
    if (json === undefined) throw new TypeError(`a ${definition.name} must be JSON`)
    const bytes = utf8(json).length
    if (bytes > MAX_STATE_BYTES) throw words.tooLarge(bytes)
    // As it will be read: what JSON changes about a value must not show at the next call only.
    const checked = await checkJson(definition, json)
    if (!checked.ok) throw words.invalid(checked.problems)
    const version = crypto.randomUUID()
    const outcome = await rows.write({ expected: opened.version, version, json })
    if (outcome === 'written') opened = { version, value: checked.value }
    return outcome
  }
  return {
    handle,
    get value() {
      return opened.value
    },
    async write(next) {
      const outcome = await put(next)
      if (outcome !== 'written') throw outcome === 'gone' ? words.expired() : words.conflict()
    },
    async update(change) {
      for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
        if ((await put(await change(opened.value))) === 'written') return
        opened = await read()
      }
      throw words.conflict()
    },
    async delete() {
      await rows.delete()
      opened = { version: null, value: await initialOf(definition) }
    },
  }
}

/** What is kept at a place, in the ledger it is in. @throws {ToolError} `state_unavailable`. */
function rowsAt({ id, jurisdiction, expiresAt }: Place, kind: Kind) {
  const { definition, module, caller, ledgerOf } = kind
  const key: StateKey = { module, name: definition.name, id }
  const { kind: of, id: principal } = caller.principal
  const subject = `${of}:${of === 'anonymous' ? id : principal}`
  const reach = async <T>(ask: (ledger: StateLedger) => Promise<T>): Promise<T> => {
    try {
      return await askAgain(() => ask(ledgerOf(subject, jurisdiction)))
    } catch (cause) {
      console.warn(JSON.stringify({ event: 'state_unreachable', detail: String(cause) }))
      throw wordsOf(definition).unavailable(cause)
    }
  }
  return {
    read: () => reach(async (ledger) => ledger.readState(key, nowSeconds(kind))),
    write: (change: Pick<StateWrite, 'expected' | 'version' | 'json'>) => {
      const now = nowSeconds(kind)
      const end = Math.min(now + definition.ttlSeconds, expiresAt)
      return reach(async (ledger) => ledger.writeState({ ...change, key, expiresAt: end }, now))
    },
    delete: () => reach(async (ledger) => ledger.deleteState(key)),
  }
}

/** The parts of a handle in the order in which they are sealed; the last only where there is one. */
type Sealed = [holder: string, id: string, expiresAt: number, jurisdiction?: Jurisdiction]

async function sealHandle({ id, expiresAt, jurisdiction }: Place, kind: Kind): Promise<string> {
  const sealed: Sealed = [await holderOf(kind), id, expiresAt]
  if (jurisdiction !== undefined) sealed.push(jurisdiction)
  return kind.sealer.seal('state-handle', sealed)
}

/** Where a handle leads, or undefined when it is none, or was given to somebody else. */
async function openHandle(handle: string, kind: Kind): Promise<Place | undefined> {
  const opened = await kind.sealer.open('state-handle', handle)
  if (!Array.isArray(opened)) return undefined
  // What opens with this purpose is what `sealHandle` sealed.
  const [holder, id, expiresAt, jurisdiction] = opened as Sealed
  return holder === (await holderOf(kind)) ? { id, expiresAt, jurisdiction } : undefined
}

/**
 * Whose a handle is: this caller's, for this kind of state of this module. A digest, because models
 * copy handles letter by letter, and every letter less is one less to get wrong.
 */
const holderOf = ({ module, definition, caller: { principal } }: Kind): Promise<string> => {
  const { kind, id } = principal
  return shortDigest(
    JSON.stringify([module, definition.name, kind, kind === 'anonymous' ? '' : id]),
  )
}

const checkJson = async ({ schema }: StateDefinition, json: string): Promise<Validated> =>
  validate(schema, {}, JSON.parse(json))

/** A new one each time. Start-up has looked whether the schema takes it. */
async function initialOf(definition: StateDefinition): Promise<unknown> {
  const checked = await checkJson(definition, JSON.stringify(definition.initial))
  if (!checked.ok) throw new Error(`the schema of "${definition.name}" refuses its initial value`)
  return checked.value
}

const nowSeconds = ({ now }: Kind): number => Math.floor(now() / 1000)

/** What there is to say of a kind of state, for the model. */
const wordsOf = ({ name }: StateDefinition) => ({
  // The same for what nobody was ever given and for what somebody else was.
  unknown: () =>
    new ToolError(
      'state_unknown',
      `There is no such ${name}. Use its handle exactly as it was returned, or begin a new ${name} without one.`,
    ),
  expired: () =>
    new ToolError(
      'state_expired',
      `This ${name} has expired or was deleted. Begin a new ${name}, without a handle.`,
    ),
  outdated: () =>
    new ToolError(
      'state_outdated',
      `This ${name} is of an earlier version of this server, which cannot read it any more. Begin a new ${name}, without a handle.`,
    ),
  conflict: () =>
    new ToolError(
      'state_conflict',
      `This ${name} was changed by another call in the meantime, and nothing was changed by this one. Look at it again before you repeat the call.`,
    ),
  tooLarge: (bytes: number) =>
    new ToolError(
      'state_too_large',
      `This ${name} would have ${bytes} bytes, and at most ${MAX_STATE_BYTES} are kept. Nothing was changed; put less into it.`,
    ),
  invalid: (problems: readonly string[]) =>
    new ToolError(
      'state_invalid',
      `This is no ${name} that could be kept, and nothing was changed:\n${listed(problems)}`,
    ),
  unavailable: (cause: unknown) =>
    new ToolError(
      'state_unavailable',
      `What is kept as ${name} cannot be reached right now. Try again in a few seconds.`,
      { cause },
    ),
})
