import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectRoot } from '../../src/cli/project.ts'
import { type Platform, start } from '../support/platform.ts'

let platform: Platform

beforeAll(async () => {
  platform = await start({ entry: join(projectRoot, 'test/http/waiting-entry.ts') })
})
afterAll(() => platform.stop())

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
}

const toolCall = (name: string, args: object, meta = {}) =>
  JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name, arguments: args, _meta: { ...META, ...meta } },
  })

/** The bytes of one POST. Headers are written as they stand, so that they can be wrong. */
function postBytes(body: string, headers: readonly string[]): Buffer {
  const head = [
    'POST /waiting/mcp HTTP/1.1',
    `Host: 127.0.0.1:${platform.port}`,
    'Content-Type: application/json',
    'Accept: application/json, text/event-stream',
    ...headers,
  ]
  // One byte a character, so that a header can hold any byte.
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), Buffer.from(body)])
}

const named = (name: string) => [
  'MCP-Protocol-Version: 2026-07-28',
  'Mcp-Method: tools/call',
  `Mcp-Name: ${name}`,
]
const withLength = (body: string) => `Content-Length: ${Buffer.byteLength(body)}`

async function open(): Promise<Socket> {
  const socket = connect(platform.port, '127.0.0.1')
  socket.on('error', () => {}) // a reset is what some of these tests are about
  await once(socket, 'connect')
  return socket
}

/** What the server writes, up to the first text that matches. */
async function readUntil(socket: Socket, wanted: RegExp): Promise<string> {
  let text = ''
  const deadline = AbortSignal.timeout(5_000)
  while (!wanted.test(text)) {
    const [chunk] = await once(socket, 'data', { signal: deadline })
    text += chunk
  }
  return text
}

/** The log line that has these members, once the Worker has written it. */
const logged = (members: Record<string, string>) =>
  expect
    .poll(() => platform.logs.map(({ message }) => parsed(message)), { timeout: 5_000 })
    .toEqual(expect.arrayContaining([expect.objectContaining(members)]))

function parsed(message: string): unknown {
  try {
    return JSON.parse(message)
  } catch {
    return message
  }
}

/** How many calls have ended as cancelled. */
const cancelled = () =>
  platform.logs.filter(({ message }) => message.includes('"outcome":"cancelled"')).length

describe('a connection that ends', () => {
  const PULLS = {
    'with a FIN': (socket: Socket) => socket.destroy(),
    'with a RST': (socket: Socket) => socket.resetAndDestroy(),
  }

  it.each([
    ['with a FIN', 'a stream with progress', { steps: true }],
    ['with a RST', 'a stream with progress', { steps: true }],
    ['with a FIN', 'a stream of comments', {}],
    ['with a RST', 'a stream of comments', {}],
  ] as const)('M-53 %s cancels its call within five seconds: %s', async (pull, kind, args) => {
    const key = `${pull}, ${kind}`
    const before = cancelled()
    const socket = await open()
    const body = toolCall('wait', { key, ...args }, { progressToken: key })
    socket.write(postBytes(body, [...named('wait'), withLength(body)]))
    await readUntil(socket, 'steps' in args ? /notifications\/progress/ : /\r\n:\n\n|^:/m)
    PULLS[pull](socket)
    await logged({ event: 'told to stop', key })
    await expect.poll(cancelled, { timeout: 5_000 }).toBe(before + 1)
  })

  it.each(['with a FIN', 'with a RST'] as const)(
    'M-53 %s before anything was answered cancels its call as soon',
    async (pull) => {
      const key = `${pull}, in silence`
      const before = cancelled()
      const socket = await open()
      const body = toolCall('wait', { key })
      socket.write(postBytes(body, [...named('wait'), withLength(body)]))
      await logged({ event: 'waiting', key })
      PULLS[pull](socket)
      await logged({ event: 'told to stop', key })
      await expect.poll(cancelled, { timeout: 5_000 }).toBe(before + 1)
    },
  )

  it('H-12 in the middle of a body leaves nothing behind in the log of faults', async () => {
    const socket = await open()
    const body = toolCall('echo', { text: 'a' })
    socket.write(postBytes(body.slice(0, 20), [...named('echo'), withLength(body)]))
    socket.resetAndDestroy()
    // The platform goes on, and has had its turn to complain once the next call is done.
    const key = 'after the broken body'
    const next = await open()
    const call = toolCall('wait', { key })
    next.write(postBytes(call, [...named('wait'), withLength(call)]))
    await logged({ event: 'waiting', key })
    next.resetAndDestroy()
    await logged({ event: 'told to stop', key })
    expect(platform.logs.filter(({ message }) => message.includes('unexpected_error'))).toEqual([])
  })
})

describe('the bytes of a header', () => {
  const exchange = async (headers: readonly string[], body = toolCall('echo', { text: 'a' })) => {
    const socket = await open()
    socket.write(postBytes(body, [...headers, withLength(body), 'Connection: close']))
    const answer = await readUntil(socket, /\r\n\r\n.*\}/s)
    socket.destroy()
    return { status: Number(answer.slice(9, 12)), answer }
  }

  it.each([
    ['blanks around a value', ['Mcp-Name: \t echo \t', ...named('echo').slice(0, 2)]],
    ['no blank before it', ['Mcp-Name:echo', ...named('echo').slice(0, 2)]],
    [
      'names in upper case',
      named('echo').map((line) => line.replace(/^[^:]+/, (n) => n.toUpperCase())),
    ],
    ['base64', named('=?base64?ZWNobw==?=')],
  ])('M-12, M-13 may come as %s', async (_, headers) => {
    expect(await exchange(headers)).toMatchObject({ status: 200 })
  })

  it.each([
    ['a name of raw UTF-8', named('ech\u00c3\u00b6'), 'echö'],
    ['a name of raw Latin-1', named('ech\u00f6'), 'echö'],
    ['two equal names', [...named('echo'), 'Mcp-Name: echo'], 'echo'],
    ['a good name and a bad one', [...named('echo'), 'Mcp-Name: wait'], 'echo'],
    ['a bad name and a good one', [...named('wait'), 'Mcp-Name: echo'], 'echo'],
    ['two methods', [...named('echo'), 'Mcp-Method: tools/list'], 'echo'],
    ['two versions', [...named('echo'), 'MCP-Protocol-Version: 2025-11-25'], 'echo'],
    ['a name with a control character', named('echo\u0001'), 'echo'],
  ])('M-08, M-10, M-11, M-13 are refused as %s', async (_, headers, tool) => {
    const { status, answer } = await exchange(headers, toolCall(tool, { text: 'a' }))
    expect(status).toBe(400)
    expect(answer).toContain('"code":-32020')
  })

  it('H-12 that promise five mebibytes are answered before the first of them', async () => {
    const socket = await open()
    socket.write(postBytes('', [...named('echo'), 'Content-Length: 5242880']))
    const answer = await readUntil(socket, /\}/)
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(answer).toContain('"code":-32600')
    socket.destroy()
  })
})
