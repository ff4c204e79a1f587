/**
 * What a connected client costs while nothing happens: many sessions, each with a stream that stays
 * open, and the memory of the process that serves them. Only Linux tells that.
 *
 * @module
 */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { initialize, sessionCall } from './cases.ts'
import { Connection, headerOf } from './connection.ts'
import type { WorkerProcess } from './worker-process.ts'

export interface MemoryFigures {
  sessions: number
  /** Resident memory of the Worker's process, in KiB: how much more it is for each. */
  kibPerSession: number
  kibPerStream: number
  /** The whole of it with all streams open, in MiB. */
  mibInAll: number
}

/** A workerd lets go of an object that has been idle for ten seconds; then memory settles. */
const SETTLE_MS = 15_000
const DEADLINE_MS = 10_000

/** Undefined where the system does not tell, or with no sessions to measure. */
export async function measureMemory(
  { port, pid }: WorkerProcess,
  sessions: number,
): Promise<MemoryFigures | undefined> {
  if (process.platform !== 'linux' || sessions === 0) return undefined
  const streams: Socket[] = []
  try {
    const half = Math.ceil(sessions / 2)
    const open = async (ids: string[]) => {
      for (const id of ids) streams.push(await openStream(port, id))
    }
    // The first half makes the process as large as objects that are being opened make it; what it
    // grows by then is what stays.
    await open(await openSessions(port, half))
    const before = await settledKib(pid)
    const ids = await openSessions(port, half)
    const withSessions = await settledKib(pid)
    await open(ids)
    const withStreams = await settledKib(pid)
    if (streams.some((stream) => stream.destroyed)) throw new Error('a stream was closed')
    return {
      sessions: 2 * half,
      kibPerSession: Math.max(0, (withSessions - before) / half),
      kibPerStream: (withStreams - withSessions) / half,
      mibInAll: withStreams / 1024,
    }
  } finally {
    for (const stream of streams) stream.destroy()
  }
}

/** Opens sessions, each of which has made one call. Returns their ids. */
async function openSessions(port: number, count: number): Promise<string[]> {
  const connection = await Connection.open(port)
  try {
    const ids: string[] = []
    while (ids.length < count) {
      const id = headerOf(await connection.exchange(initialize()), 'mcp-session-id') ?? ''
      await connection.exchange(sessionCall(id))
      ids.push(id)
    }
    return ids
  } finally {
    connection.close()
  }
}

/** Opens the stream of a session, and waits until it says something. */
async function openStream(port: number, sessionId: string): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  await once(socket, 'connect')
  const head = [
    'GET /one/mcp HTTP/1.1',
    'host: 127.0.0.1',
    'accept: text/event-stream',
    `mcp-session-id: ${sessionId}`,
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  let text = ''
  while (!text.includes('id: ')) {
    const [chunk] = await once(socket, 'data', { signal: AbortSignal.timeout(DEADLINE_MS) })
    text += String(chunk)
  }
  socket.on('error', () => {}) // it is closed then, which is looked at in the end
  return socket.resume()
}

async function settledKib(pid: number): Promise<number> {
  await sleep(SETTLE_MS)
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1])
}
