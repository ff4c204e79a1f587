/**
 * Runs a tool without a server: through scripted answers, the re-entries they cause, and runs that
 * are lost on the way. For tests of modules, as `#sdk/testing`.
 *
 * @module
 */
import {
  emptyJournal,
  type Journal,
  type LinearRun,
  memoryClaims,
  type OpenQuestion,
  runLinear,
} from '../handler'
import type { Caller, Log, ToolContext } from './context'
import type { ToolDefinition } from './define-tool'
import type { Fetch } from './outside'
import { NotFoundError, ToolError } from './tool-error'

/** What a client sends for a question, such as `{ action: 'accept', content: { yes: true } }`. */
export type ScriptedAnswer = Readonly<Record<string, unknown>>

export interface TestOptions {
  /** By the key of the question; a list has one for each time it is asked. */
  answers?: Readonly<Record<string, ScriptedAnswer | readonly ScriptedAnswer[]>>
  /** Over a person with every scope the tool asks for. */
  caller?: Partial<Caller>
  /** What `ctx.fetch` does; refuses unless given. */
  fetch?: Fetch
  /** What else the tool finds in its context because of its `uses`: `db`, `config` … */
  uses?: object
  /** Whether the client can ask its person; true unless given. */
  canElicit?: boolean
  /**
   * Runs that are lost at their end, counted from 0: what they came to reaches nobody, and they are
   * run once more from the same journal, as after an eviction or a retry that was sent twice.
   */
  lost?: (run: number) => boolean
}

/** How a call went. */
export type TestedCall = {
  /** Every question that was asked, in order, with its request as the client would see it. */
  questions: readonly OpenQuestion[]
  /** How often the tool's function was entered. */
  runs: number
  progress: readonly number[]
  logs: readonly { level: string; data: unknown }[]
} & ({ ok: true; result: unknown } | { ok: false; error: unknown })

/** A handler that asks on and on is an error, not a test that never ends. */
const MAX_RUNS = 100

/**
 * Calls a tool and answers its questions until it returns or throws. Keys, results and questions that
 * break a rule are errors, as under `npm start`; what a run repeats shows where runs are lost.
 *
 * @throws {Error} when the arguments do not fit, or a question has no scripted answer.
 */
export async function testTool(
  // biome-ignore lint/suspicious/noExplicitAny: a tool of any type, whose types end here
  tool: ToolDefinition<any, any, any>,
  args: unknown,
  options: TestOptions = {},
): Promise<TestedCall> {
  const input = await tool.input['~standard'].validate(args)
  if (input.issues) {
    const problems = input.issues.map((issue: { message: string }) => issue.message)
    throw new Error(`the arguments do not fit: ${problems.join('; ')}`)
  }
  const { lost = () => false } = options
  const claims = memoryClaims()
  const questions: OpenQuestion[] = []
  const said: Said = { progress: [], logs: [] }
  const asked = new Map<string, number>()
  let journal = emptyJournal(Date.now())
  let answers: Record<string, unknown> = {}
  for (let runs = 1; runs <= MAX_RUNS; runs++) {
    const heard = hearingFrom(journal, said)
    const outcome = await runLinear(
      (run) => tool.run(input.value, contextOf(tool, run, heard, options)),
      {
        journal,
        answers,
        claims,
        development: true,
        revive: ({ name, message, code = '' }, cause) => {
          const about = { cause }
          if (name === 'NotFoundError') return new NotFoundError(code, message, about)
          if (name === 'ToolError') return new ToolError(code, message, about)
          return Object.assign(new Error(message, about), { name })
        },
        said: heard.said,
        effects: () => [],
      },
    )
    if (lost(runs - 1)) continue
    const about = { questions, runs, ...said }
    if (outcome.kind === 'returned') return { ok: true, result: outcome.value, ...about }
    if (outcome.kind === 'threw') return { ok: false, error: outcome.error, ...about }
    questions.push(...outcome.questions)
    journal = outcome.journal
    answers = Object.fromEntries(
      outcome.questions.map((question) => [question.key, answerTo(question, asked, options)]),
    )
  }
  throw new Error(`the tool asks on and on: ${questions.at(-1)?.key}`)
}

function answerTo(
  { key }: OpenQuestion,
  asked: Map<string, number>,
  { answers = {} }: TestOptions,
): ScriptedAnswer {
  const times = asked.get(key) ?? 0
  asked.set(key, times + 1)
  const scripted = answers[key]
  const isList = (value: typeof scripted): value is readonly ScriptedAnswer[] =>
    Array.isArray(value)
  const answer = isList(scripted) ? scripted[times] : scripted
  if (!answer) throw new Error(`no answer is scripted for "${key}", asked ${times + 1} times`)
  return answer
}

interface Said {
  progress: number[]
  logs: { level: string; data: unknown }[]
}

/** What one run says, as its caller hears it: nothing that an earlier run said. */
function hearingFrom(journal: Journal, { progress, logs }: Said) {
  let [highest, written] = [journal.progress ?? Number.NEGATIVE_INFINITY, 0]
  return {
    said: () => ({ progress: highest, logs: Math.max(written, journal.logs) }),
    progress(value: number) {
      if (!(value > highest)) return
      highest = value
      progress.push(value)
    },
    log(level: string, data: unknown) {
      written += 1
      if (written > journal.logs) logs.push({ level, data })
    },
  }
}

function contextOf(
  { scopes }: ToolDefinition,
  run: LinearRun,
  heard: ReturnType<typeof hearingFrom>,
  { caller, fetch, uses, canElicit = true }: TestOptions,
): ToolContext {
  const context: ToolContext = {
    caller: {
      tenant: 'default',
      principal: { kind: 'person', id: 'tester' },
      client: { name: 'test', version: '1.0.0' },
      scopes: new Set(scopes),
      roles: new Set(['member']),
      ...caller,
    },
    signal: new AbortController().signal,
    // A function for each level there is, and for each there may come to be.
    log: new Proxy({} as Log, {
      get: (_, level) => (data: unknown) => heard.log(String(level), data),
    }),
    progress: heard.progress,
    fetch:
      fetch ??
      (async () => {
        throw new Error('the test gives this tool no fetch')
      }),
    step: run.step,
    once: run.once,
    elicit: run.elicit,
    canElicit: () => canElicit,
  }
  return Object.assign(context, uses)
}
