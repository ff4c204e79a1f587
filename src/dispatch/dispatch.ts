/**
 * The governed call pipeline: one call in, one result out. Knows neither HTTP nor which revision
 * asked. What is asked for decides only how it is found, what it is given and what becomes of what
 * it returns; who may, for how long and what is written down is the same for all.
 *
 * @module
 */
import { withoutCredentials, withoutValues } from '../lib'
import { isVisible, missingScopes } from '../policy'
import { ProtocolError } from '../protocol'
import type { Caller, Item } from '../sdk'
import type { Call, Dispatch, DispatchResult, Reentry } from './call'
import { type Ending, type ItemKind, named, refuse, textOf } from './ending'
import { invalid, resourceNotFound } from './errors'
import { findTarget, type Target } from './find-target'
import type { CallRecord, CallStart, DispatchPorts } from './record'
import { reentryProblem } from './suspend'

/** What items are called. Anything else in its place came from outside and may be anything. */
const ITEM_NAME = /^[A-Za-z0-9_\-.]{0,64}$/

export function createDispatch(ports: DispatchPorts): Dispatch {
  const { now, record } = ports
  return async <C extends Call>(call: C, caller: Caller) => {
    const startedAt = now()
    const target = findTarget(call)
    const start = startOf(call, target)
    const ending = target
      ? (refusalOf(target, call, caller) ??
        (call.reentry && (await reentryProblem(target, call, ports))) ??
        (await target.run(caller, start, ports)))
      : refuse(`unknown_${kindOf(call)}`, unknownItem(call))
    record(call, caller, recordOf(start, ending, call, target, now() - startedAt))
    return ending.result as DispatchResult<C['method']> // what this method's own function made
  }
}

/** What refuses a call whatever came with it; undefined for one whose target is to be run. */
function refusalOf({ kind, item, readOnly }: Target, call: Call, caller: Caller) {
  // The same words as for a name nobody ever used: who probes must not learn what is there.
  if (!isVisible(item, caller)) return refuse(`hidden_${kind}`, unknownItem(call))

  if (call.onlyReading && !readOnly) return refuse('unavailable', unavailable(item))

  // Before the arguments are looked at: who may not use something is not told what it would accept.
  const missing = missingScopes(call.server.definition.scopes, item.scopes, caller.scopes)
  return missing.length > 0
    ? refuse('insufficient_scope', insufficientScope(item, missing))
    : undefined
}

function startOf(call: Call, target: Target | undefined): CallStart {
  const start: CallStart = {
    callId: callIdOf(call),
    module: call.server.info.name,
    method: call.method,
    argumentChars: lengthSent(call),
  }
  if (call.method === 'tools/call') start.tool = nameLike(call.tool, target)
  else if (call.method === 'prompts/get') start.prompt = nameLike(call.prompt, target)
  else if (target) start[target.kind] = target.item.name
  return start
}

/** One call, however often it is entered. */
const callIdOf = ({ reentry }: Call): string =>
  reentry === undefined || reentry === 'unknown' ? crypto.randomUUID() : reentry.suspended.callId

const nameLike = (name: string, target: Target | undefined): string =>
  target || ITEM_NAME.test(name) ? name : '(not a name)'

function recordOf(
  start: CallStart,
  { outcome, resultChars, detail }: Ending,
  call: Call,
  target: Target | undefined,
  durationMs: number,
): CallRecord {
  const readOnly = target?.readOnly ?? true
  const record: CallRecord = { ...start, outcome, readOnly, durationMs }
  if (resultChars !== undefined) record.resultChars = resultChars
  if (outcome === 'insufficient_scope') record.requiredScopes = target?.item.scopes ?? []
  // An exception quotes whatever its author put there, arguments and keys included.
  if (detail !== undefined) {
    const { answers, reentry } = call
    const sent = [
      sentWith(call),
      answers,
      reentry !== 'unknown' && [reentry?.answers, given(reentry)],
    ]
    record.detail = withoutCredentials(withoutValues(detail, sent))
  }
  return record
}

/** What was answered in earlier runs. */
const given = (reentry: Reentry | undefined): unknown =>
  Object.values(reentry?.suspended.journal.given ?? {}).map(({ result }) => result)

/** What came from outside with a call. */
function sentWith(call: Call): unknown {
  switch (call.method) {
    case 'tools/call':
    case 'prompts/get':
      return call.args
    case 'resources/read':
      return [call.uri, ...call.uri.split(/[/:?#]+/)]
    case 'completion/complete':
      return [call.value, call.chosen]
    case 'resources/list':
      return call.cursor
    default:
      return call satisfies never
  }
}

/** @throws {ProtocolError} `invalid_params` for what is nested too deeply to be written as JSON. */
function lengthSent(call: Call): number {
  if (call.method === 'resources/read') return call.uri.length
  const sent = sentWith(call)
  try {
    return sent === undefined ? 0 : textOf(sent).length
  } catch {
    // It was read from JSON; but with numbers for keys, writing calls itself for each level.
    throw invalid('The arguments are nested too deeply.')
  }
}

function kindOf(call: Call): ItemKind {
  if (call.method === 'tools/call') return 'tool'
  if (call.method === 'prompts/get') return 'prompt'
  return call.method === 'completion/complete' && 'prompt' in call.of ? 'prompt' : 'resource'
}

/** What there is not, in the words for a name that nobody ever used. */
function unknownItem(call: Call): ProtocolError {
  const module = `Module "${call.server.info.name}"`
  switch (call.method) {
    case 'tools/call':
      return invalid(`${module} has no tool ${named(call.tool)}. Ask tools/list for those it has.`)
    case 'prompts/get':
      return unknownPrompt(module, call.prompt)
    case 'resources/read':
      return resourceNotFound(
        call.uri,
        `${module} has no resource at this address. Ask resources/list and ` +
          'resources/templates/list for those it has.',
      )
    case 'completion/complete':
      return 'prompt' in call.of
        ? unknownPrompt(module, call.of.prompt)
        : invalid(
            `${module} has no such resource template. Ask resources/templates/list for those it has.`,
          )
    case 'resources/list':
      return invalid(`${module} has no such list.`)
    default:
      return call satisfies never
  }
}

const unknownPrompt = (module: string, name: string): ProtocolError =>
  invalid(`${module} has no prompt ${named(name)}. Ask prompts/list for those it has.`)

const unavailable = ({ name }: Item): ProtocolError =>
  new ProtocolError(
    'unavailable',
    `"${name}" changes something, and the platform cannot tell right now whether that is still allowed. Try again in a few seconds.`,
  )

/** Names every scope of the call, not only those it lacks: a client asks for all at once. */
const insufficientScope = ({ name, scopes }: Item, missing: readonly string[]): ProtocolError =>
  new ProtocolError(
    'insufficient_scope',
    `"${name}" needs a permission that was not granted: ${missing.join(', ')}.`,
    { requiredScopes: scopes },
  )
