/**
 * The governed call pipeline: one validated call in, one result out. Knows neither HTTP nor which
 * revision asked.
 *
 * @module
 */
import {
  Cancellation,
  type Cancelled,
  isObject,
  startTimer,
  withoutCredentials,
  withoutValues,
} from '../lib'
import { isVisible, missingScopes } from '../policy'
import { type CallToolResult, ProtocolError } from '../protocol'
import type { HostedTool } from '../registry'
import { type Caller, type Database, isToolResult, type ToolDefinition, ToolError } from '../sdk'
import type { Call, CallOutcome, Dispatch, DispatchResult } from './call'
import { type Provided, toolContext } from './tool-context'
import { type Validated, validate } from './validate'

/** Text, data and JSON of one result together, in UTF-16 code units. */
const MAX_RESULT_LENGTH = 1024 * 1024
/** What a model can do something with; arguments may be wrong in a million places. */
const MAX_PROBLEMS = 20
const MAX_PROBLEM_LENGTH = 300
/** No tool has a longer name, so the rest of one is noise from outside. */
const MAX_NAME_LENGTH = 64
/** What tools are called. Anything else in its place came from outside and may be anything. */
const TOOL_NAME = /^[A-Za-z0-9_\-.]{0,64}$/

/** A call as its record names it. Never its arguments. */
export interface CallStart {
  callId: string
  module: string
  tool: string
  /** Length of the arguments as JSON, in UTF-16 code units. */
  argumentChars: number
}

/** What a call leaves behind for operators. Never its arguments or its result. */
export interface CallRecord extends CallStart {
  outcome:
    | CallOutcome
    | 'unknown_tool'
    | 'hidden_tool'
    | 'insufficient_scope'
    | 'missing_capability'
    | 'not_configured'
    | 'unavailable'
  /** Whether the tool only reads; true too where there is none of that name. */
  readOnly: boolean
  durationMs: number
  /** Length of what the tool returned, in UTF-16 code units; absent where it returned nothing. */
  resultChars?: number
  /** All scopes the call needed, where it lacked some. */
  requiredScopes?: readonly string[]
  /**
   * For operators only: what went wrong inside, without stack or payload. Words of an error, so
   * what was recognised as an argument or a credential is masked, and the rest is not known.
   */
  detail?: string
}

export interface DispatchPorts {
  /** Milliseconds since the epoch. */
  now(): number
  /**
   * Notes that a tool which is not read-only is about to run; awaited before it does. False when
   * that could be noted nowhere: then it does not run.
   */
  started(call: Call, caller: Caller, start: CallStart): Promise<boolean>
  record(call: Call, caller: Caller, record: CallRecord): void
  /** A module's own database; where it has none, a sentence that says what to set up. */
  databaseOf(module: string): { ok: true; database: Database } | { ok: false; remedy: string }
}

export function createDispatch(ports: DispatchPorts): Dispatch {
  const { now, record } = ports
  return async (call, caller) => {
    const startedAt = now()
    const { args } = call
    const tool = call.server.tools.get(call.tool)
    const start: CallStart = {
      callId: crypto.randomUUID(),
      module: call.server.info.name,
      tool: tool || TOOL_NAME.test(call.tool) ? call.tool : '(not a name)',
      argumentChars: args === undefined ? 0 : textOf(args).length,
    }
    const ending = tool
      ? (refusalOf(tool.definition, call, caller) ??
        (await checkAndRun(tool, call, caller, start, ports)))
      : refuse('unknown_tool', unknownTool(call))
    record(call, caller, recordOf(start, ending, call, tool, now() - startedAt))
    return ending.result
  }
}

function recordOf(
  { callId, module, tool: name, argumentChars }: CallStart,
  { outcome, resultChars, detail }: Ending,
  { args }: Call,
  tool: HostedTool | undefined,
  durationMs: number,
): CallRecord {
  const readOnly = tool?.definition.annotations.readOnlyHint ?? true
  const record: CallRecord = {
    callId,
    module,
    tool: name,
    argumentChars,
    outcome,
    readOnly,
    durationMs,
  }
  if (resultChars !== undefined) record.resultChars = resultChars
  if (outcome === 'insufficient_scope') record.requiredScopes = tool?.definition.scopes ?? []
  // An exception quotes whatever its author put there, arguments and keys included.
  if (detail !== undefined) record.detail = withoutCredentials(withoutValues(detail, args))
  return record
}

interface Ending {
  result: DispatchResult
  outcome: CallRecord['outcome']
  detail?: string
  resultChars?: number
}

/** What refuses a call whatever its arguments are; undefined for one whose tool is to be run. */
function refusalOf(definition: ToolDefinition, call: Call, caller: Caller): Ending | undefined {
  // The same words as for a name nobody ever used: who probes must not learn what is there.
  if (!isVisible(definition, caller)) return refuse('hidden_tool', unknownTool(call))

  if (call.onlyReading && !definition.annotations.readOnlyHint) {
    return refuse('unavailable', unavailable(call.tool))
  }

  // Before the arguments are looked at: who may not call a tool is not told what it would accept.
  const { scopes } = call.server.definition
  const missing = missingScopes(scopes, definition.scopes, caller.scopes)
  return missing.length > 0
    ? refuse('insufficient_scope', insufficientScope(call.tool, definition.scopes, missing))
    : undefined
}

async function checkAndRun(
  tool: HostedTool,
  call: Call,
  caller: Caller,
  start: CallStart,
  { started, databaseOf }: DispatchPorts,
): Promise<Ending> {
  try {
    const { definition, description } = tool
    const args = call.args === undefined ? {} : call.args
    const checking = validate(definition.input, description.inputSchema, args)
    const input = checking instanceof Promise ? await checking : checking
    if (!input.ok) {
      const text = `The arguments of "${call.tool}" do not fit its input schema:\n${listed(input.problems)}`
      return complete('invalid_input', failure(text))
    }

    const lacking = lackingCapabilities(definition.clientCapabilities, call.clientCapabilities)
    if (lacking) return refuse('missing_capability', missingCapability(call.tool, lacking))

    const provided: Provided = {}
    if (definition.uses?.db) {
      const found = databaseOf(call.server.info.name)
      if (!found.ok) {
        return refuse('not_configured', new ProtocolError('not_configured', found.remedy))
      }
      provided.db = found.database
    }

    // Nobody need wait to read; a change that leaves no trace must not happen.
    if (!definition.annotations.readOnlyHint && !(await started(call, caller, start))) {
      return refuse('unavailable', notRecorded(call.tool))
    }
    const running = runWithDeadline(call.signal, definition.timeoutMs, (ended) =>
      definition.run(input.value, toolContext(call, caller, ended, provided)),
    )
    return await endingOf(running instanceof Promise ? await running : running, tool, call.tool)
  } catch (error) {
    // Schemas run an author's code too, in refinements and transforms.
    return threw(call.tool, error)
  }
}

function endingOf(run: Run, tool: HostedTool, name: string): Ending | Promise<Ending> {
  switch (run.kind) {
    case 'cancelled':
      return complete('cancelled', failure('The call was cancelled.'))
    case 'timeout': {
      const seconds = tool.definition.timeoutMs / 1000
      const text = `"${name}" took longer than its limit of ${seconds} s and was stopped.`
      return complete('timeout', failure(text))
    }
    case 'threw':
      return threw(name, run.error)
    case 'returned':
      return returned(run.value, tool, name)
    default:
      return run satisfies never
  }
}

function returned(value: unknown, tool: HostedTool, name: string): Ending | Promise<Ending> {
  const { output } = tool.definition
  const result = isToolResult(value) ? value : undefined
  if (!output) {
    const plain: CallToolResult = result
      ? withoutBrand(result)
      : { content: [{ type: 'text', text: textOf(value) }] }
    return sized(name, plain)
  }
  const structured = result ? result.structured : value
  // A failure that the tool spells out itself owes nobody structured content.
  if (result?.isError && structured === undefined) return sized(name, withoutBrand(result))
  const checking = validate(output, tool.description.outputSchema ?? {}, structured)
  const finish = (checked: Validated): Ending => {
    if (!checked.ok) {
      const text = `"${name}" returned something its output schema does not allow. This is a fault of the tool.`
      return complete('invalid_output', failure(text), listed(checked.problems))
    }
    const content = result?.content ?? [{ type: 'text' as const, text: textOf(checked.value) }]
    const whole: CallToolResult = { content, structuredContent: checked.value }
    if (result?.isError) whole.isError = true
    if (result?._meta) whole._meta = result._meta
    return sized(name, whole, result === undefined)
  }
  return checking instanceof Promise ? checking.then(finish) : finish(checking)
}

function listed(problems: readonly string[]): string {
  const more = problems.length - MAX_PROBLEMS
  const lines = problems
    .slice(0, MAX_PROBLEMS)
    .map((problem) => problem.slice(0, MAX_PROBLEM_LENGTH))
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].map((line) => `- ${line}`).join('\n')
}

type Run =
  | { kind: 'returned'; value: unknown }
  | { kind: 'threw'; error: unknown }
  | { kind: 'timeout' }
  | { kind: 'cancelled' }

/**
 * Runs `work` until it settles, its time is up or the caller is gone; the last two fire the signal
 * it was given. What it does after that is nobody's result any more.
 */
function runWithDeadline(
  callerGone: Cancelled,
  timeoutMs: number,
  work: (ended: Cancellation) => unknown,
): Run | Promise<Run> {
  if (callerGone.aborted) return { kind: 'cancelled' }
  const ended = new Cancellation()
  try {
    const value = work(ended)
    // A tool that answers at once needs neither timer nor race.
    return isThenable(value)
      ? race(value, ended, callerGone, timeoutMs)
      : { kind: 'returned', value }
  } catch (error) {
    return { kind: 'threw', error }
  }
}

async function race(
  value: unknown,
  ended: Cancellation,
  callerGone: Cancelled,
  timeoutMs: number,
): Promise<Run> {
  const settled = Promise.resolve(value).then(
    (returned): Run => ({ kind: 'returned', value: returned }),
    (error: unknown): Run => ({ kind: 'threw', error }),
  )
  const deadline = startTimer(timeoutMs)
  const gone = Promise.withResolvers<Run>()
  const onAbort = () => gone.resolve({ kind: 'cancelled' })
  callerGone.addEventListener('abort', onAbort, { once: true })
  const timedOut = deadline.over.then((): Run => ({ kind: 'timeout' }))
  const run = await Promise.race([settled, timedOut, gone.promise])
  deadline.stop()
  callerGone.removeEventListener('abort', onAbort)
  if (run.kind === 'timeout') {
    ended.abort(new DOMException('The tool ran out of time', 'TimeoutError'))
  } else if (run.kind === 'cancelled') ended.abort(callerGone.reason)
  return run
}

const isThenable = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'then' in value

/** A tool's own words reach the model; anything else it throws stays here. */
function threw(tool: string, error: unknown): Ending {
  if (error instanceof ToolError) {
    return complete('tool_error', failure(error.message), error.code)
  }
  const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return complete(
    'failed',
    failure(`"${tool}" failed unexpectedly. Trying again may help.`),
    detail,
  )
}

function sized(tool: string, result: CallToolResult, mirrored = false): Ending {
  const length = lengthOf(result, mirrored)
  if (length <= MAX_RESULT_LENGTH) {
    const ending = complete(result.isError ? 'tool_error' : 'ok', result)
    ending.resultChars = length
    return ending
  }
  const text =
    `"${tool}" returned ${length} characters; at most ${MAX_RESULT_LENGTH} are sent. ` +
    'Ask for less, for example with a narrower filter.'
  return { ...complete('too_large', failure(text)), resultChars: length }
}

/** Where the text only mirrors the structured content, the two count once. */
function lengthOf({ content, structuredContent }: CallToolResult, mirrored: boolean): number {
  const rest = mirrored || structuredContent === undefined ? 0 : textOf(structuredContent).length
  return content.reduce((sum, block) => {
    if (block.type === 'text') return sum + block.text.length
    if (block.type === 'image' || block.type === 'audio') return sum + block.data.length
    return sum + JSON.stringify(block).length
  }, rest)
}

function complete(outcome: CallOutcome, result: CallToolResult, detail?: string): Ending {
  const ending: Ending = { result: { kind: 'complete', result, outcome }, outcome }
  if (detail !== undefined) ending.detail = detail
  return ending
}

const refuse = (outcome: CallRecord['outcome'], error: ProtocolError): Ending => ({
  result: { kind: 'error', error },
  outcome,
})

const failure = (text: string): CallToolResult => ({
  content: [{ type: 'text', text }],
  isError: true,
})

function withoutBrand({ content, isError, _meta }: CallToolResult): CallToolResult {
  return { content, ...(isError && { isError }), ...(_meta && { _meta }) }
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '')

/** The capabilities a tool needs and the client did not declare, or undefined when none lacks. */
function lackingCapabilities(
  needed: Record<string, Record<string, unknown>> | undefined,
  declared: Record<string, unknown>,
): Record<string, unknown> | undefined {
  if (!needed) return undefined
  const lacking = Object.entries(needed).filter(([name, parts]) => {
    const has = declared[name]
    return !isObject(has) || Object.keys(parts).some((part) => has[part] === undefined)
  })
  return lacking.length > 0 ? Object.fromEntries(lacking) : undefined
}

const unknownTool = ({ server, tool }: Call): ProtocolError =>
  new ProtocolError(
    'invalid_params',
    `Module "${server.info.name}" has no tool "${tool.slice(0, MAX_NAME_LENGTH)}". Ask tools/list for those it has.`,
  )

const notRecorded = (tool: string): ProtocolError =>
  new ProtocolError(
    'unavailable',
    `"${tool}" changes something, and the platform cannot record that right now. Nothing was changed; try again in a few seconds.`,
  )

const unavailable = (tool: string): ProtocolError =>
  new ProtocolError(
    'unavailable',
    `"${tool}" changes something, and the platform cannot tell right now whether that is still allowed. Try again in a few seconds.`,
  )

/** Names every scope of the call, not only those it lacks: a client asks for all at once. */
const insufficientScope = (
  tool: string,
  requiredScopes: readonly string[],
  missing: readonly string[],
): ProtocolError =>
  new ProtocolError(
    'insufficient_scope',
    `"${tool}" needs a permission that was not granted: ${missing.join(', ')}.`,
    { requiredScopes },
  )

const missingCapability = (tool: string, required: Record<string, unknown>): ProtocolError =>
  new ProtocolError(
    'missing_client_capability',
    `"${tool}" needs a client that declares: ${Object.keys(required).join(', ')}.`,
    { requiredCapabilities: required },
  )
