/// <reference types="@cloudflare/vitest-plugin/types" />
/**
 * The session's object without a Worker around it: a test is the runner of a call, the carrier of
 * a stream, and the clock.
 *
 * @module
 */
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, vi } from 'vitest'
import type { McpSession } from '../../src/session'
import {
  type Introduction,
  type ObjectFrame,
  type RunnerFrame,
  readFrame,
  type SessionOwner,
  writeFrame,
} from '../../src/session/frames'
import { INTRODUCTION_HEADER } from '../../src/session/introduction'

const nowSeconds = (): number => Math.floor(Date.now() / 1000)

let names = 0

export interface TestObject {
  stub: DurableObjectStub<McpSession>
  owner: SessionOwner
  /** Opens a socket as a Worker would. */
  attach(who: Role): Promise<TestSocket>
  /** Lets time pass and the alarm ring, as often as it is due in that time. */
  later(milliseconds: number): Promise<void>
  /** How many rows each of its tables has; none without tables. */
  rows(): Promise<Record<string, number>>
}

type Role = Introduction extends infer Each
  ? Each extends Introduction
    ? Omit<Each, keyof SessionOwner>
    : never
  : never

export function makeObject(lifeSeconds = 86_400): TestObject {
  const id = env.MCP_SESSION.idFromName(`tests/session/${++names}`)
  const owner = { owner: 'tests/lab/somebody/', expiresAt: nowSeconds() + lifeSeconds }
  const stub = () => env.MCP_SESSION.get(id)
  const alarmAt = () =>
    runInDurableObject(stub(), async (_, state) => (await state.storage.getAlarm()) ?? undefined)
  return {
    // Each time anew: a crash breaks those there are.
    get stub() {
      return stub()
    },
    owner,
    async attach(role) {
      const introduction = JSON.stringify({ ...owner, ...role })
      const headers = {
        upgrade: 'websocket',
        [INTRODUCTION_HEADER]: encodeURIComponent(introduction),
      }
      const { webSocket } = await stub().fetch('https://session/', { headers })
      if (!webSocket) throw new Error('no socket')
      return testSocket(webSocket)
    },
    async later(milliseconds) {
      const until = Date.now() + milliseconds
      for (let due = await alarmAt(); due !== undefined && due <= until; due = await alarmAt()) {
        vi.setSystemTime(Math.max(due, Date.now()))
        await runDurableObjectAlarm(stub())
      }
      vi.setSystemTime(until)
    },
    rows: () =>
      runInDurableObject(stub(), (_, { storage: { sql } }) => {
        const tables = sql
          .exec<{ name: string }>(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'",
          )
          .toArray()
        return Object.fromEntries(
          tables.map(({ name }) => [
            name,
            sql.exec<{ count: number }>(`SELECT count(*) AS count FROM ${name}`).one().count,
          ]),
        )
      }),
  }
}

/** Stops the clock that objects read; `TestObject.later` moves it. */
export function stopClock(): void {
  vi.useFakeTimers({ toFake: ['Date'] })
}

export interface TestSocket {
  /** The next frame. */
  next(): Promise<{ frame: ObjectFrame; body: string }>
  /** The next frame is of this type; returns it with its body. */
  expect<Type extends ObjectFrame['type']>(
    type: Type,
  ): Promise<ObjectFrame & { type: Type } & { body: string }>
  send(frame: RunnerFrame, body?: string): void
  /** Sends one whole event of a single part, and waits until it is kept. */
  say(seq: number, body: string, about?: { answers?: number | string; last?: true }): Promise<void>
  /** Closes it, and waits until the object has heard. */
  close(): Promise<void>
  readonly isOpen: boolean
}

function testSocket(socket: WebSocket): TestSocket {
  const frames: { frame: ObjectFrame; body: string }[] = []
  let wake: (() => void) | undefined
  const closed = Promise.withResolvers<void>()
  socket.addEventListener('message', ({ data }) => {
    const read = readFrame<ObjectFrame>(data)
    if (read) frames.push(read)
    wake?.()
  })
  socket.addEventListener('close', () => closed.resolve())
  socket.accept()
  const next = async () => {
    for (let read = frames.shift(); ; read = frames.shift()) {
      if (read) return read
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  const expectFrame: TestSocket['expect'] = async (type) => {
    const { frame, body } = await next()
    expect(frame).toMatchObject({ type })
    return { ...(frame as ObjectFrame & { type: typeof type }), body } // as just checked
  }
  const send: TestSocket['send'] = (frame, body) => socket.send(writeFrame(frame, body))
  return {
    next,
    expect: expectFrame,
    send,
    async say(seq, body, about = {}) {
      send({ type: 'event', seq, part: 0, parts: 1, ...about }, body)
      expect(await expectFrame('kept')).toMatchObject({ seq })
    },
    async close() {
      socket.close(1000)
      await closed.promise
    },
    get isOpen() {
      return socket.readyState === WebSocket.OPEN
    },
  }
}

let keys = 0

/** The introduction of a call's first runner. */
export const runner = (requests: (number | string)[] = [1], key = `call ${++keys}`, fence = 1) => ({
  role: 'runner' as const,
  key,
  fence,
  requests,
})

export const resumer = (stream: number, seq: number, kind: 'post' | 'get' = 'post') => ({
  role: 'resumer' as const,
  from: { kind, stream, seq },
  carrier: crypto.randomUUID(),
  again: false,
})

export const listener = () => ({ role: 'listener' as const, carrier: crypto.randomUUID() })

export const progressText = (progress: number): string =>
  JSON.stringify({
    jsonrpc: '2.0',
    method: 'notifications/progress',
    params: { progressToken: 't', progress },
  })

export const resultText = (id: number | string, text = 'done'): string =>
  JSON.stringify({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text }] } })

export const questionText = (id: string): string =>
  JSON.stringify({ jsonrpc: '2.0', id, method: 'elicitation/create', params: {} })
export const ACCEPT = JSON.stringify({ result: { action: 'accept', content: { yes: true } } })
export const ENTRY = ['what the next run', ' has to know']

let ids = 0

/** Sends a round of questions, from event `round` on. Returns their ids. */
export async function askRound(socket: TestSocket, round: number, count = 1): Promise<string[]> {
  for (const [part, body] of ENTRY.entries()) socket.send({ type: 'entry', round, part }, body)
  const asked = Array.from({ length: count }, () => `question ${++ids}`)
  for (const [index, id] of asked.entries()) {
    const asks = { id, round, isLast: index === count - 1 }
    const seq = round + index
    socket.send({ type: 'event', seq, part: 0, parts: 1, asks }, questionText(id))
    expect(await socket.expect('kept')).toEqual(expect.objectContaining({ seq }))
  }
  return asked
}

/** A call that waits for its client. */
export async function startAsking(object: TestObject, count = 1) {
  const introduction = runner()
  const socket = await object.attach(introduction)
  const { stream } = await socket.expect('attached')
  const asked = await askRound(socket, 1, count)
  return { introduction, socket, stream, asked, first: asked[0] ?? '' }
}
