/// <reference types="@cloudflare/vitest-plugin/types" />
/**
 * A platform whose way to the session objects lies in a test's hands: each exchange between the
 * Worker and an object is a step, at which either of the two, or what is on its way, may be lost.
 *
 * @module
 */
import { createExecutionContext, evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import * as z from 'zod'
import { createApp } from '../../src/app'
import { startTimer } from '../../src/lib'
import { defineServer, defineTool, type ServerDefinition } from '../../src/sdk'
import type { McpSession } from '../../src/session'
import { asker } from '../conformance/module/asking-items'
import { ORIGIN, type Platform } from '../http/platform'

type SessionStub = DurableObjectStub<McpSession>

/** One exchange, before it goes on. */
export interface Step {
  /** Such as `ask state`, `answered socket`, `up event` or `down kept`. */
  name: string
  object: SessionStub
  isolate: Isolate
}

/** Whether it goes on, or is lost and all that follows on the same socket with it. */
export type Fate = 'passes' | 'is lost'

export interface Isolate extends Platform {
  readonly isDead: boolean
  /** Ends it as a power cut would: nothing more leaves it, enters it or is answered by it. */
  kill(): void
}

export interface IsolateOptions {
  onStep?(step: Step): Promise<Fate>
  vars?: Record<string, string>
  /** Its modules, in place of the stage's. */
  servers?: readonly ServerDefinition[]
  origin?: string
}

export function startIsolate({
  onStep,
  vars,
  servers = [stage, quiet],
  origin = ORIGIN,
}: IsolateOptions = {}): Isolate {
  const app = createApp(servers)
  const dying: (() => void)[] = []
  let isDead = false
  const tap: Tap = {
    get isDead() {
      return isDead
    },
    atDeath: (act) => dying.push(act),
    step: async (name, object) => {
      const fate = (await onStep?.({ name, object, isolate })) ?? 'passes'
      return isDead ? 'is lost' : fate
    },
  }
  const sessions = tapNamespace(env.MCP_SESSION, tap)
  // The platform asks no more of the namespace than `tapNamespace` has.
  const bindings = { ...env, ...vars, MCP_SESSION: sessions } as unknown as Cloudflare.Env
  const isolate: Isolate = {
    origin,
    get isDead() {
      return isDead
    },
    async fetch(path, init) {
      if (isDead) throw new TypeError('nobody listens there')
      const request = new Request(`${origin}${path}`, init)
      const response = await untilDeath(
        Promise.resolve(app.fetch(request, bindings, createExecutionContext())),
        tap,
      )
      return response.body ? new Response(breakable(response.body, tap), response) : response
    },
    kill() {
      isDead = true
      for (const act of dying.splice(0)) act()
    },
  }
  return isolate
}

/** What is in front of several isolates: one that is alive gets the request. */
export const anyOf = (isolates: readonly Isolate[]): Platform => ({
  origin: ORIGIN,
  async fetch(path, init) {
    for (const isolate of isolates) {
      if (!isolate.isDead) return isolate.fetch(path, init)
    }
    throw new TypeError('nobody is left')
  },
})

interface Tap {
  readonly isDead: boolean
  atDeath(act: () => void): void
  step(name: string, object: SessionStub): Promise<Fate>
}

const untilDeath = <T>(answer: Promise<T>, tap: Tap): Promise<T> =>
  new Promise((resolve, reject) => {
    tap.atDeath(() => reject(new TypeError('the connection was reset')))
    answer.then(resolve, reject)
  })

/** A body that breaks off when its isolate dies. */
function breakable(body: ReadableStream<Uint8Array>, tap: Tap): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  return new ReadableStream<Uint8Array>({
    start(controller) {
      tap.atDeath(() => controller.error(new TypeError('the connection was reset')))
    },
    async pull(controller) {
      const { done, value } = await reader.read()
      if (tap.isDead) return
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: (reason) => reader.cancel(reason),
  })
}

function tapNamespace(namespace: DurableObjectNamespace<McpSession>, tap: Tap) {
  return {
    idFromName: (name: string) => namespace.idFromName(name),
    get: (id: DurableObjectId) => tapStub(namespace.get(id), tap),
  }
}

/** The way to one object, with each exchange a step. A stub is good until the object crashes. */
export function tapObject(stub: () => SessionStub, onStep: (name: string) => Promise<Fate>) {
  const tap: Tap = { isDead: false, atDeath() {}, step: onStep }
  return () => ({
    // `tapSocket` has all of a socket that links use.
    fetch: (url: string, init: RequestInit) =>
      tapStub(stub(), tap).fetch(url, init) as unknown as Promise<Response>,
  })
}

/** What `SessionObject` needs, each call of it a step before and a step after. */
function tapStub(object: SessionStub, tap: Tap) {
  const around = async <T>(name: string, ask: () => Promise<T>): Promise<T> => {
    if ((await tap.step(`ask ${name}`, object)) === 'is lost') throw new Error('lost on the way')
    const answer = await ask()
    const fate = await tap.step(`answered ${name}`, object)
    if (fate === 'is lost') throw new Error('lost on the way back')
    return answer
  }
  return {
    subscribe: (...args: Parameters<McpSession['subscribe']>) =>
      around('subscribe', async () => object.subscribe(...args)),
    unsubscribe: (...args: Parameters<McpSession['unsubscribe']>) =>
      around('unsubscribe', async () => object.unsubscribe(...args)),
    setLogLevel: (...args: Parameters<McpSession['setLogLevel']>) =>
      around('setLogLevel', async () => object.setLogLevel(...args)),
    cancel: (...args: Parameters<McpSession['cancel']>) =>
      around('cancel', async () => object.cancel(...args)),
    answer: (...args: Parameters<McpSession['answer']>) =>
      around('answer', async () => object.answer(...args)),
    end: (...args: Parameters<McpSession['end']>) => around('end', async () => object.end(...args)),
    async fetch(url: string, init?: RequestInit) {
      if (!init) return around('state', async () => object.fetch(url))
      const webSocket = await around('socket', async () => {
        const { webSocket: opened } = await object.fetch(url, init)
        return opened && tapSocket(opened, object, tap)
      })
      return { webSocket }
    },
  }
}

/** The part of a WebSocket that links use, with each message a step. */
function tapSocket(socket: WebSocket, object: SessionStub, tap: Tap) {
  const events = new EventTarget()
  const accepted = Promise.withResolvers<void>()
  let isLost = false
  let [up, down] = [Promise.resolve(), accepted.promise]
  const pass = async (name: string, message: unknown, onward: () => void): Promise<void> => {
    if (isLost || tap.isDead) return
    if ((await tap.step(`${name} ${typeOf(message)}`, object)) === 'is lost') isLost = true
    else onward()
  }
  const close = (): void => {
    try {
      socket.close()
    } catch {
      // It is closed already.
    }
  }
  tap.atDeath(close)
  socket.addEventListener('message', ({ data }) => {
    const arrive = () => events.dispatchEvent(new MessageEvent('message', { data }))
    down = down.then(() => pass('down', data, arrive))
  })
  for (const type of ['close', 'error'] as const) {
    socket.addEventListener(type, () => {
      down = down.then(() => {
        if (!tap.isDead) events.dispatchEvent(new Event(type))
      })
    })
  }
  // At once, for the object counts as busy until then.
  socket.accept()
  return {
    accept: () => accepted.resolve(),
    addEventListener: events.addEventListener.bind(events),
    send(message: string) {
      // What is sent into a socket that has closed meanwhile is lost, as on a network.
      up = up.then(() => pass('up', message, () => socket.send(message))).catch(() => undefined)
    },
    close() {
      up = up.then(close)
    },
  }
}

function typeOf(message: unknown): string {
  const [line = ''] = String(message).split('\n')
  return JSON.parse(line).type
}

/** What can happen to an object between two steps. */
export const MISHAPS: Record<string, (object: SessionStub) => Promise<Fate>> = {
  'falls asleep': async (object) => {
    await evict(object)
    return 'passes'
  },
  'is moved': async (object) => {
    await evict(object, { webSockets: 'close' })
    return 'passes'
  },
  'crashes after what it sent arrived': async (object) => {
    await crash(object)
    return 'passes'
  },
  'crashes and takes along what it sent': async (object) => {
    await crash(object)
    return 'is lost'
  },
  'crashes in the middle of what comes next': async (object) => {
    void crash(object)
    return 'passes'
  },
}

/** An eviction that overtakes a crash would wait for 30 s for what is not there any more. */
const crashing = new Map<string, Promise<unknown>>()

const EVICTED_WITHIN_MS = 1000

async function evict(object: SessionStub, options?: { webSockets: 'close' }): Promise<void> {
  await crashing.get(String(object.id))
  const evicted = evictDurableObject(object, options).catch((error: unknown) => {
    // There is nothing to evict when it does not run, nor while it is in use.
    if (!/not.*running|active references/i.test(String(error))) throw error
  })
  // It waits for whatever uses the object, for 30 s if need be, and that may wait for this step.
  await Promise.race([evicted, startTimer(EVICTED_WITHIN_MS).over])
}

export async function crash(object: SessionStub): Promise<void> {
  const crashed = runInDurableObject(object, (_, state) => state.abort()).catch(() => undefined)
  crashing.set(String(object.id), crashed)
  await crashed
}

const STEPS = 3

/** A call of the stage's tools that a test leads from step to step; a run anew finds it as it is. */
export class Play {
  /** How often it was begun. */
  runs = 0
  readonly #begun = Promise.withResolvers<void>()
  readonly #steps = Array.from({ length: STEPS }, () => Promise.withResolvers<void>())

  /** Once it runs. */
  get begun(): Promise<void> {
    return this.#begun.promise
  }

  /** Lets it go on to this step; past the last one it ends. */
  allow(step: number): void {
    for (const { resolve } of this.#steps.slice(0, step)) resolve()
  }

  async run(key: string, progress: (value: number) => void): Promise<string> {
    this.runs += 1
    this.#begun.resolve()
    for (const [index, { promise }] of this.#steps.entries()) {
      await promise
      if (index < STEPS - 1) progress(index + 1)
    }
    return resultOf(key)
  }
}

export const resultOf = (key: string): string => `the end of ${key}`

const plays = new Map<string, Play>()

/** The play of this key, made when it is first asked for. */
export function playOf(key: string): Play {
  const play = plays.get(key) ?? new Play()
  plays.set(key, play)
  return play
}

const input = z.object({ key: z.string() })

const act = defineTool({
  name: 'act',
  description: 'Must not be done twice.',
  input,
  run: ({ key }, { progress }) => playOf(key).run(key, progress),
})

const read = defineTool({
  name: 'read',
  description: 'May be done again.',
  annotations: { readOnlyHint: true, openWorldHint: false },
  input,
  run: ({ key }, { progress }) => playOf(key).run(key, progress),
})

/** How often each thing was done that a test counts. */
export const deeds = new Map<string, number>()

function did(deed: string): string {
  deeds.set(deed, (deeds.get(deed) ?? 0) + 1)
  return deed
}

const talk = defineTool({
  name: 'talk',
  description: 'Asks for a name, then for a colour, and does something with both once.',
  input,
  async run({ key }, { step, elicit, once, progress }) {
    await step('draft', () => did(`${key}: drafted`))
    progress(1)
    const name = await elicit('name', {
      message: `Which name, ${key}?`,
      schema: z.object({ name: z.string().min(2) }),
    })
    if (name.action !== 'accept') return `${key}: ${name.action}`
    const colour = await elicit('colour', {
      message: `Which colour, ${name.content.name}?`,
      schema: z.object({ colour: z.enum(['red', 'blue']) }),
    })
    if (colour.action !== 'accept') return `${key}: ${colour.action}`
    await once('paint', () => did(`${key}: painted`))
    return `${name.content.name} is ${colour.content.colour}`
  },
})

const talkAtOnce = defineTool({
  name: 'talk_at_once',
  description: 'Asks for two names at the same time.',
  input,
  async run({ key }, { elicit }) {
    const ask = (which: string) =>
      elicit(which, { message: `${which} of ${key}?`, schema: z.object({ name: z.string() }) })
    const answers = await Promise.all([ask('first'), ask('second')])
    return JSON.stringify(answers)
  },
})

const visit = defineTool({
  name: 'visit',
  description: 'Has a page opened.',
  input,
  run: async (_, { elicit }) =>
    (await elicit('page', { message: 'Open it.', url: 'https://example.com/start' })).action,
})

const think = defineTool({
  name: 'think',
  description: "Asks the client's model.",
  input,
  run: async (_, context) =>
    JSON.stringify(
      await asker(context)('model', {
        method: 'sampling/createMessage',
        params: { messages: [], maxTokens: 1 },
      }),
    ),
})

/** What `recite` returns: as long as a result may be, and with a pair on every boundary. */
export const VERSE = `x${'🛥'.repeat(500_000)}`

const recite = defineTool({
  name: 'recite',
  description: 'Something long.',
  run(_, { log }) {
    log.info('listen')
    return VERSE
  },
})

const stage = defineServer({
  name: 'stage',
  version: '1.0.0',
  access: 'public',
  tools: [act, read, recite, talk, talkAtOnce, visit, think],
})

/** Says nothing on its own. */
const quiet = defineServer({
  name: 'quiet',
  version: '1.0.0',
  access: 'public',
  push: false,
  tools: [act],
})
