/**
 * One run of a linear handler. A finished step comes from the journal, an effect from its record, an
 * answer from the client; a question without one is a promise that never settles. When nothing is
 * left to wait for but such questions, the run is suspended with all of them: no sentinel is thrown,
 * so no `catch` or `finally` of the author's runs.
 *
 * @module
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { isObject, shortDigest, startTimer } from '../lib'
import { readForm } from './form'
import type { AskedQuestion, GivenAnswer, Journal, Json, RecordedError, Settled } from './journal'
import { readJson } from './json'
import { MisuseError } from './misuse'
import type { OnceClaims } from './once-claims'
import type {
  Answer,
  FormQuestion,
  FormSchema,
  OpenQuestion,
  QuestionRequest,
  UrlAnswer,
  UrlQuestion,
} from './question'
import { readAnswer } from './read-answer'

/** What came back for questions, by key, as the client sent it: anything. */
export type Answers = Readonly<Record<string, unknown>>

/** A run that waits for answers: all its open questions, and what the next run needs. */
export interface Suspension {
  questions: readonly OpenQuestion[]
  journal: Journal
}

export interface LinearRunOptions {
  /** What earlier runs of the call left; `emptyJournal` for the first. */
  journal: Journal
  answers: Answers
  /**
   * In the first run nothing has been asked, and answers were sent along for what it may come to ask;
   * later an answer counts only for the question it was given to.
   */
  isFirstRun: boolean
  claims: OnceClaims
  /** Whether misuse that only matters later is an error now. */
  development: boolean
  /** The error that a recorded one stands for. */
  revive(error: RecordedError, cause?: unknown): Error
  /** What was reported on the way, for the journal. */
  said(): { progress: number; logs: number }
  /** What changed the world outside of steps and onces in this run, see `isInsideStep`. */
  effects(): readonly string[]
  /** Whether the run has ended some other way; nothing is started any more then. */
  isOver(): boolean
  /** Called once, when the run waits for answers and for nothing else. */
  suspend(suspension: Suspension): void
  /** Called in place of `suspend` when the run must not be repeated as it is. */
  fail(error: Error): void
}

/** What a linear handler uses. */
export interface LinearRun {
  /** Does something once per call, as far as the platform can tell, and keeps what it came to. */
  step<T>(key: string, work: () => T | Promise<T>): Promise<T>
  /** Does something at most once per call, whatever happens. */
  once<T>(key: string, effect: () => T | Promise<T>): Promise<T>
  elicit(key: string, question: UrlQuestion): Promise<UrlAnswer>
  elicit<Schema extends FormSchema>(
    key: string,
    question: FormQuestion<Schema>,
  ): Promise<Answer<StandardSchemaV1.InferOutput<Schema>>>
  /** Any request to the client; resolves with the object it sent. */
  ask(key: string, request: QuestionRequest): Promise<Record<string, unknown>>
}

const KEY = /^[\w.:-]{1,64}$/
/** A client that cannot answer properly is not asked for ever. */
const MAX_WRONG_ANSWERS = 10
/** A row holds it, beside what is around it; of one outcome as of all of them together. */
export const MAX_JOURNAL_CHARS = 512 * 1024
/** Of what an error is remembered by. */
const MAX_ERROR_CHARS = 8 * 1024
const FIRST_WAIT_MS = 50
const LONGEST_WAIT_MS = 1000
const SETTLE_TRIES = 3

/** The key of the step or once whose function runs. */
const running = new AsyncLocalStorage<string>()

/** Whether this is called by the function of a step or once. */
export const isInsideStep = (): boolean => running.getStore() !== undefined

export function createLinearRun(options: LinearRunOptions): LinearRun {
  const { journal, answers, claims, development, revive } = options
  const settled = new Map<string, Settled>(Object.entries(journal.settled))
  const asked = new Map<string, AskedQuestion>(Object.entries(journal.asked))
  const given = new Map<string, GivenAnswer>(Object.entries(journal.given))
  const open = new Map<string, OpenQuestion>()
  const taken = new Set<string>()
  /** What was started and has not settled: steps, onces and looks at answers. */
  let unsettled = 0
  let isSuspended = false
  const isOver = (): boolean => isSuspended || options.isOver()

  const take = (key: string): void => {
    if (typeof key !== 'string' || !KEY.test(key)) {
      throw new MisuseError(
        `The key ${JSON.stringify(key)?.slice(0, 80)} must be 1 to 64 characters of A-Za-z0-9_.:-`,
      )
    }
    if (taken.has(key)) {
      throw new MisuseError(
        `The key "${key}" is used twice in one run. What is recorded under it would be mixed up; give each step, once and question its own.`,
      )
    }
    taken.add(key)
  }

  /** Counts as unsettled what is asked for until it settles. */
  const tracked = async <T>(work: () => Promise<T>): Promise<T> => {
    unsettled += 1
    try {
      return await work()
    } finally {
      unsettled -= 1
      void suspendWhenIdle()
    }
  }

  /** What was awaited may go on with another step at once, so everything that is due comes first. */
  const suspendWhenIdle = async (): Promise<void> => {
    if (unsettled > 0 || open.size === 0) return
    await startTimer(0).over
    if (unsettled > 0 || isOver()) return
    isSuspended = true
    const [effect] = development ? options.effects() : []
    if (effect !== undefined) {
      return options.fail(
        new MisuseError(
          `${effect} was used outside of ctx.step and ctx.once, before the question "${[...open.keys()][0]}". The run is repeated when the answer comes, and so would that be. Put it into ctx.once("…", () => …), or after the last question.`,
        ),
      )
    }
    const next = nextJournal()
    const length = JSON.stringify(next).length
    if (length > MAX_JOURNAL_CHARS) {
      return options.fail(revive(tooMuchToKeep(next, length)))
    }
    options.suspend({ questions: [...open.values()], journal: next })
  }

  const nextJournal = (): Journal => {
    const { progress, logs } = options.said()
    return {
      settled: Object.fromEntries(settled),
      asked: Object.fromEntries(asked),
      given: Object.fromEntries(given),
      ...(Number.isFinite(progress) && { progress }),
      logs,
      startedAt: journal.startedAt,
    }
  }

  /** Runs an author's function; what it comes to is what every later run is told. */
  const settledBy = async (
    kind: 'step' | 'once',
    key: string,
    work: () => unknown,
  ): Promise<Settled & { cause?: unknown }> => {
    try {
      const value = await running.run(key, work)
      if (value === undefined) return {}
      const read = readJson(value)
      if (read.ok) return kind === 'once' ? kept(key, read.json) : { value: read.json }
      const message = `ctx.${kind}("${key}") returned what is no JSON: ${read.problem}.`
      return { error: { name: 'MisuseError', message } }
    } catch (cause) {
      return { error: recordOf(cause), cause }
    }
  }

  /** What is recorded, for the author: the same in the run that did it and in all others. */
  const outcomeOf = ({ value, error }: Settled, cause?: unknown) => {
    if (error)
      throw error.name === 'MisuseError' ? new MisuseError(error.message) : revive(error, cause)
    // Its own copy: the record must not change with what the author makes of it.
    return structuredClone(value)
  }

  const record = (key: string, what: Settled & { cause?: unknown }) => {
    const { cause, ...outcome } = what
    settled.set(key, outcome)
    return outcomeOf(outcome, cause)
  }

  /** The effect's outcome, whoever had it. */
  const claimed = async (key: string, effect: () => unknown): Promise<Settled> => {
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
      const claim = await claims.claim(key).catch((cause: unknown) => {
        throw revive(notRecorded(key), cause)
      })
      switch (claim.kind) {
        case 'settled':
          return claim.settled
        case 'unknown':
          return { error: outcomeUnknown(key) }
        case 'full':
          throw revive(noRoomFor(key))
        case 'running':
          await startTimer(wait).over
          if (isOver()) return never()
          break
        case 'claimed': {
          // Not begun, so that nobody need wonder: the claim runs out and nothing else has happened.
          if (isOver()) return never()
          const done = await settledBy('once', key, effect)
          // Cut off on its way: nobody knows how far it came.
          if (done.error && isOver()) return never()
          const { cause: _, ...outcome } = done
          await settle(key, claim.claim, outcome)
          return done
        }
        default:
          return claim satisfies never
      }
    }
  }

  /** The effect has happened; where that cannot be noted, later runs find its outcome unknown. */
  const settle = async (key: string, claim: string, outcome: Settled): Promise<void> => {
    for (let tries = 1; ; tries++) {
      try {
        return await claims.settle(key, claim, outcome)
      } catch (cause) {
        if (tries >= SETTLE_TRIES) {
          console.warn(JSON.stringify({ event: 'once_not_settled', key, detail: String(cause) }))
          return
        }
        await startTimer(FIRST_WAIT_MS * tries).over
      }
    }
  }

  const isAskedFor = (earlier: AskedQuestion | undefined, digest: string): boolean =>
    earlier ? earlier.question === digest : options.isFirstRun

  /** The part of an asked question's life that is the same for all kinds of them. */
  const question = <T>(
    key: string,
    request: QuestionRequest,
    read: (
      sent: unknown,
    ) => Promise<
      { ok: true; result: GivenAnswer['result']; answer: T } | { ok: false; problem: string }
    >,
  ): Promise<T> => {
    take(key)
    const inside = running.getStore()
    if (inside !== undefined) {
      throw new MisuseError(
        `The question "${key}" is asked inside "${inside}", which would wait for itself. Ask before or after it.`,
      )
    }
    if (isOver()) return never()
    return tracked(async () => {
      const digest = await shortDigest(JSON.stringify(request))
      const before = given.get(key)
      const earlier = asked.get(key)
      const changed = [before, earlier].some((known) => known && known.question !== digest)
      if (changed && development) {
        throw new MisuseError(
          `The question "${key}" is another one than in the run before. An answer is given to what was asked: take what it is made of from ctx.step or from earlier answers, not from a clock, a random value or a fresh look-up.`,
        )
      }
      let problem: string | undefined
      if (before?.question === digest) {
        const known = await read(before.result)
        if (known.ok) return { answer: known.answer }
        problem = known.problem
      } else if (isAskedFor(earlier, digest) && Object.hasOwn(answers, key)) {
        const fresh = await read(answers[key])
        if (fresh.ok) {
          given.set(key, { question: digest, result: fresh.result })
          return { answer: fresh.answer }
        }
        problem = fresh.problem
      }
      const times = (earlier?.times ?? 0) + (problem === undefined ? 0 : 1)
      if (times > MAX_WRONG_ANSWERS) throw revive(neverAnswered(key))
      asked.set(key, { question: digest, times })
      given.delete(key)
      open.set(key, {
        key,
        request: problem === undefined ? request : withProblem(request, problem),
      })
      return undefined
    }).then((answered) => (answered ? answered.answer : never<T>()))
  }

  const elicit = async (key: string, asked: FormQuestion | UrlQuestion) => {
    const { message } = asked
    if ('url' in asked) {
      const url = webAddress(key, asked.url, development)
      const request = {
        method: 'elicitation/create',
        params: { mode: 'url', message, url },
      } as const
      return question(key, request, (sent) => readAnswer(sent))
    }
    const { schema } = asked
    const read = readForm(schema)
    if (!read.ok) {
      throw new MisuseError(`The question "${key}" cannot be asked: ${read.problems.join('; ')}.`)
    }
    const { form } = read
    const params = { mode: 'form', message, requestedSchema: form } as const
    const request = { method: 'elicitation/create', params } as const
    return question(key, request, (sent) => readAnswer(sent, { form, schema }))
  }

  return {
    async step<T>(key: string, work: () => T | Promise<T>): Promise<T> {
      take(key)
      const known = settled.get(key)
      if (known) return outcomeOf(known) as T // what `work` returned, as JSON has it
      if (isOver()) return never()
      return tracked(async () => record(key, await settledBy('step', key, work)) as T)
    },

    async once<T>(key: string, effect: () => T | Promise<T>): Promise<T> {
      take(key)
      const known = settled.get(key)
      if (known) return outcomeOf(known) as T // as above
      if (isOver()) return never()
      return tracked(async () => record(key, await claimed(key, effect)) as T)
    },

    // One function for both kinds of question; what it returns is what the overloads say.
    elicit: elicit as LinearRun['elicit'],

    async ask(key, request) {
      return question(key, request, async (sent) =>
        isObject(sent)
          ? { ok: true, result: sent as GivenAnswer['result'], answer: sent }
          : { ok: false, problem: 'it is no object' },
      )
    },
  }
}

/** A promise for what is not to go on. */
const never = <T>(): Promise<T> => new Promise(() => {})

function recordOf(error: unknown): RecordedError {
  if (!(error instanceof Error)) return { name: 'Error', message: short(error) }
  const code: unknown = Reflect.get(error, 'code')
  return {
    name: short(error.name),
    message: short(error.message),
    ...(typeof code === 'string' && { code: short(code) }),
  }
}

const short = (text: unknown): string => String(text).slice(0, MAX_ERROR_CHARS)

/**
 * What an effect came to, as it is recorded. One that comes to too much has happened, and this run is
 * told the same as all others: none must take it for one that may be tried again.
 */
function kept(key: string, value: Json): Settled {
  const { length } = JSON.stringify(value)
  return length <= MAX_JOURNAL_CHARS ? { value } : { error: resultTooLarge(key, length) }
}

const toolError = (code: string, message: string): RecordedError => ({
  name: 'ToolError',
  code,
  message,
})

const notRecorded = (key: string): RecordedError =>
  toolError(
    'unavailable',
    `"${key}" was not begun, because the platform cannot record it right now. Try again in a few seconds.`,
  )

const noRoomFor = (key: string): RecordedError =>
  toolError(
    'unavailable',
    `"${key}" was not begun, because too much is kept of earlier calls to record it. Try again tomorrow.`,
  )

const resultTooLarge = (key: string, length: number): RecordedError =>
  toolError(
    'result_too_large',
    `"${key}" has happened, and is not done again; but it returned ${length} characters of JSON, and at most ${MAX_JOURNAL_CHARS} are kept. It should return less, such as an id to look the rest up by.`,
  )

/** Names what weighs most: that is what its author has to change. */
function tooMuchToKeep({ settled, given }: Journal, length: number): RecordedError {
  const sizes = Object.entries({ ...settled, ...given }).map(
    ([key, it]) => [key, JSON.stringify(it).length] as const,
  )
  const [key, size] = sizes.reduce((most, each) => (each[1] > most[1] ? each : most), ['', 0])
  return toolError(
    'journal_too_large',
    `This call has something to ask, but cannot: what its steps, onces and answers came to is ${length} characters of JSON, and at most ${MAX_JOURNAL_CHARS} are kept; "${key}" alone has ${size}. It should return less, such as an id to look the rest up by. What the call has done by now stays done.`,
  )
}

const outcomeUnknown = (key: string): RecordedError =>
  toolError(
    'outcome_unknown',
    `"${key}" was begun earlier and nobody knows whether it went through. It is not tried again; look whether it has happened.`,
  )

const neverAnswered = (key: string): RecordedError =>
  toolError(
    'no_valid_answer',
    `"${key}" was answered more than ${MAX_WRONG_ANSWERS} times with something that is not valid.`,
  )

/** The question again, and why. */
function withProblem(request: QuestionRequest, problem: string): QuestionRequest {
  if (request.method !== 'elicitation/create') return request
  const message = `${request.params.message}\n\nThe last answer was not valid: ${problem}`
  return { ...request, params: { ...request.params, message } } as QuestionRequest // only its words
}

/** The address of a page that a person may be sent to. */
function webAddress(key: string, address: string, development: boolean): string {
  const url = URL.parse(address)
  const isSafe = url?.protocol === 'https:' || (development && url?.protocol === 'http:')
  if (!url || !isSafe || url.username !== '' || url.password !== '') {
    throw new MisuseError(
      `The question "${key}" needs the https address of a page, without a login in it.`,
    )
  }
  return url.href
}
