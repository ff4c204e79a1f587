import { type CallToolResult, ProtocolError } from '../protocol'
import { type HostedTool, MAX_RESULT_LENGTH } from '../registry'
import { type Caller, isToolResult } from '../sdk'
import type { Call } from './call'
import { undeclaredBy } from './client-questions'
import {
  CANCELLED,
  complete,
  type Ending,
  failedUnexpectedly,
  listed,
  readThrown,
  refuse,
  textOf,
  tookTooLong,
  tooLong,
} from './ending'
import { provide } from './provide'
import type { CallStart, DispatchPorts } from './record'
import { type Run, runWithDeadline } from './run-with-deadline'
import { missingCapability, suspended } from './suspend'
import { toolContext } from './tool-context'
import { type Validated, validate } from './validate'

type ToolEnding = Ending<'tools/call'>

/** Checks the arguments, runs the tool and checks what it returns. Failures are results too. */
export async function callTool(
  tool: HostedTool,
  call: Call<'tools/call'>,
  caller: Caller,
  start: CallStart,
  ports: DispatchPorts,
): Promise<ToolEnding> {
  try {
    const { definition, description } = tool
    const args = call.args === undefined ? {} : call.args
    const checking = validate(definition.input, description.inputSchema, args)
    const input = checking instanceof Promise ? await checking : checking
    if (!input.ok) {
      const text = `The arguments of "${call.tool}" do not fit its input schema:\n${listed(input.problems)}`
      return complete('invalid_input', failure(text))
    }

    const lacking = undeclaredBy(call, definition)
    if (lacking) return refuse('missing_capability', missingCapability(call.tool, lacking))

    const given = provide(definition, call, ports)
    if (!given.ok) return given.ending

    // Nobody need wait to read; a change that leaves no trace must not happen.
    // What goes on has been noted when it began.
    if (
      !definition.annotations.readOnlyHint &&
      call.reentry === undefined &&
      !(await ports.started(call, caller, start))
    ) {
      return refuse('unavailable', notRecorded(call.tool))
    }
    const { timeoutMs } = definition
    const running = runWithDeadline(call.signal, timeoutMs, (ended) =>
      definition.run(
        input.value,
        toolContext(call, caller, ended, given.provision, ports, timeoutMs, start),
      ),
    )
    const run = running instanceof Promise ? await running : running
    if (run.kind === 'suspended') {
      const shape = { item: definition, description }
      return await suspended(run.suspension, shape, call, caller, start, ports)
    }
    return await endingOf(run, tool, ports.development)
  } catch (error) {
    // Schemas run an author's code too, in refinements and transforms.
    return threw(call.tool, error, ports.development)
  }
}

function endingOf(
  run: Exclude<Run, { kind: 'suspended' }>,
  tool: HostedTool,
  development: boolean,
): ToolEnding | Promise<ToolEnding> {
  const { name, timeoutMs } = tool.definition
  switch (run.kind) {
    case 'cancelled':
      return complete('cancelled', failure(CANCELLED))
    case 'timeout':
      return complete('timeout', failure(tookTooLong(`"${name}"`, timeoutMs)))
    case 'threw':
      return threw(name, run.error, development)
    case 'returned':
      if (development && tool.definition.ui?.app && !hasWords(run.value)) {
        return complete('invalid_output', failure(noWords(name)))
      }
      return returned(run.value, tool)
    default:
      return run satisfies never
  }
}

/** Whether there is something to read where no app is shown. Plain values become text. */
const hasWords = (value: unknown): boolean =>
  isToolResult(value)
    ? value.content.some((block) => block.type === 'text' && block.text.trim() !== '')
    : textOf(value).trim() !== ''

const noWords = (tool: string): string =>
  `"${tool}" shows an app and returned no text. The model reads only that, and so do people whose ` +
  'client shows no apps: return a text block beside the structured content. (Only development says so.)'

function returned(
  value: unknown,
  { definition, description }: HostedTool,
): ToolEnding | Promise<ToolEnding> {
  const { name, output } = definition
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
  const checking = validate(output, description.outputSchema ?? {}, structured)
  const finish = (checked: Validated): ToolEnding => {
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

/** A tool's own words reach the model; anything else it throws stays here. */
function threw(tool: string, error: unknown, development: boolean): ToolEnding {
  const {
    outcome,
    message = failedUnexpectedly(`"${tool}"`),
    detail,
  } = readThrown(error, development)
  return complete(outcome, failure(message), detail)
}

function sized(tool: string, result: CallToolResult, mirrored = false): ToolEnding {
  const length = lengthOf(result, mirrored)
  const ending: ToolEnding =
    length <= MAX_RESULT_LENGTH
      ? complete(result.isError ? 'tool_error' : 'ok', result)
      : complete('too_large', failure(tooLong(`"${tool}"`, length)))
  ending.resultChars = length
  return ending
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

const failure = (text: string): CallToolResult => ({
  content: [{ type: 'text', text }],
  isError: true,
})

function withoutBrand({ content, isError, _meta }: CallToolResult): CallToolResult {
  return { content, ...(isError && { isError }), ...(_meta && { _meta }) }
}

const notRecorded = (tool: string): ProtocolError =>
  new ProtocolError(
    'unavailable',
    `"${tool}" changes something, and the platform cannot record that right now. Nothing was changed; try again in a few seconds.`,
  )
