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
import { type CallToolResult, ProtocolError } from '../protocol'
import type { HostedTool } from '../registry'
import { type Caller, isToolResult, ToolError } from '../sdk'
import type { Call, CallOutcome, Dispatch, DispatchResult } from './call'
import { toolContext } from './tool-context'
import { validate } from './validate'

/** Text, data and JSON of one result together, in UTF-16 code units. */
const MAX_RESULT_LENGTH = 1024 * 1024
/** What a model can do something with; arguments may be wrong in a million places. */
const MAX_PROBLEMS = 20
const MAX_PROBLEM_LENGTH = 300
/** No tool has a longer name, so the rest of one is noise from outside. */
const MAX_NAME_LENGTH = 64

/** What a call leaves behind for operators. Never its arguments or its result. */
export interface CallRecord {
  module: string
  tool: string
  outcome: CallOutcome | 'unknown_tool' | 'missing_capability'
  durationMs: number
  /** For operators only: what went wrong inside, without stack or payload. */
  detail?: string
}

export interface DispatchPorts {
  /** Milliseconds since the epoch. */
  now(): number
  record(labels: Call['labels'], caller: Caller, record: CallRecord): void
}

export function createDispatch({ now, record }: DispatchPorts): Dispatch {
  return async (call, caller) => {
    const startedAt = now()
    const { result, outcome, detail } = await decideAndRun(call, caller)
    record(call.labels, caller, {
      module: call.server.info.name,
      tool: call.tool.slice(0, MAX_NAME_LENGTH),
      outcome,
      durationMs: now() - startedAt,
      // An exception quotes whatever its author put there, arguments and keys included.
      ...(detail !== undefined && { detail: withoutCredentials(withoutValues(detail, call.args)) }),
    })
    return result
  }
}

interface Ending {
  result: DispatchResult
  outcome: CallRecord['outcome']
  detail?: string
}

async function decideAndRun(call: Call, caller: Caller): Promise<Ending> {
  const tool = call.server.tools.get(call.tool)
  if (!tool) return refuse('unknown_tool', unknownTool(call))
  try {
    return await checkAndRun(tool, call, caller)
  } catch (error) {
    // Schemas run an author's code too, in refinements and transforms.
    return threw(call.tool, error)
  }
}

async function checkAndRun(tool: HostedTool, call: Call, caller: Caller): Promise<Ending> {
  const { definition, description } = tool
  const args = call.args === undefined ? {} : call.args
  const input = await validate(definition.input, description.inputSchema, args)
  if (!input.ok) {
    const text = `The arguments of "${call.tool}" do not fit its input schema:\n${listed(input.problems)}`
    return complete('invalid_input', failure(text))
  }

  const lacking = lackingCapabilities(definition.clientCapabilities, call.clientCapabilities)
  if (lacking) return refuse('missing_capability', missingCapability(call.tool, lacking))

  return runTool(tool, input.value, call, caller)
}

async function runTool(
  { definition, description }: HostedTool,
  args: unknown,
  call: Call,
  caller: Caller,
): Promise<Ending> {
  const run = await runWithDeadline(call.signal, definition.timeoutMs, (ended) =>
    definition.run(args, toolContext(call, caller, ended)),
  )
  switch (run.kind) {
    case 'cancelled':
      return complete('cancelled', failure('The call was cancelled.'))
    case 'timeout': {
      const seconds = definition.timeoutMs / 1000
      const text = `"${call.tool}" took longer than its limit of ${seconds} s and was stopped.`
      return complete('timeout', failure(text))
    }
    case 'threw':
      return threw(call.tool, run.error)
    case 'returned':
      break
  }

  const result = isToolResult(run.value) ? run.value : undefined
  const structured = result ? result.structured : run.value
  if (!definition.output) {
    const plain: CallToolResult = result
      ? withoutBrand(result)
      : { content: [{ type: 'text', text: textOf(run.value) }] }
    return sized(call.tool, plain)
  }
  // A failure that the tool spells out itself owes nobody structured content.
  if (result?.isError && structured === undefined) return sized(call.tool, withoutBrand(result))
  const output = await validate(definition.output, description.outputSchema ?? {}, structured)
  if (!output.ok) {
    const text = `"${call.tool}" returned something its output schema does not allow. This is a fault of the tool.`
    return complete('invalid_output', failure(text), listed(output.problems))
  }
  const content = result?.content ?? [{ type: 'text' as const, text: textOf(output.value) }]
  const whole: CallToolResult = {
    content,
    structuredContent: output.value,
    ...(result?.isError && { isError: true }),
    ...(result?._meta && { _meta: result._meta }),
  }
  return sized(call.tool, whole, result === undefined)
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
async function runWithDeadline(
  callerGone: Cancelled,
  timeoutMs: number,
  work: (ended: Cancellation) => unknown,
): Promise<Run> {
  if (callerGone.aborted) return { kind: 'cancelled' }
  const ended = new Cancellation()
  let value: unknown
  try {
    value = work(ended)
    // A tool that answers at once needs neither timer nor race.
    if (!isThenable(value)) return { kind: 'returned', value }
  } catch (error) {
    return { kind: 'threw', error }
  }
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
  if (length <= MAX_RESULT_LENGTH) return complete(result.isError ? 'tool_error' : 'ok', result)
  const text =
    `"${tool}" returned ${length} characters; at most ${MAX_RESULT_LENGTH} are sent. ` +
    'Ask for less, for example with a narrower filter.'
  return complete('too_large', failure(text))
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

const complete = (outcome: CallOutcome, result: CallToolResult, detail?: string): Ending => ({
  result: { kind: 'complete', result, outcome },
  outcome,
  ...(detail !== undefined && { detail }),
})

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

const missingCapability = (tool: string, required: Record<string, unknown>): ProtocolError =>
  new ProtocolError(
    'missing_client_capability',
    `"${tool}" needs a client that declares: ${Object.keys(required).join(', ')}.`,
    { requiredCapabilities: required },
  )
