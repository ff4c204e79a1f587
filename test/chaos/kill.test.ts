import { join } from 'node:path'
import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
} from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { describe, expect, it } from 'vitest'
import { projectRoot } from '../../src/cli/project.ts'
import { type Platform, start } from '../support/platform.ts'
import { temporaryFolder } from '../support/temporary.ts'

/** How often the platform is killed; `npm run soak` does it a hundred times. */
const ROUNDS = Number(process.env.SOAK_KILLS ?? 10)
/** Most of a round is waiting; where there are many, several platforms take turns at it. */
const PLATFORMS = ROUNDS > 10 ? 4 : 1
const ROUND_MS = 60_000

const entryFile = (name: string) => join(projectRoot, 'test/session', name)
const entry = entryFile('counting-entry.ts')

/** The clients as they come, but for their patience: a platform that starts takes its time. */
const reconnectionOptions = {
  initialReconnectionDelay: 200,
  maxReconnectionDelay: 1000,
  reconnectionDelayGrowFactor: 1.5,
  maxRetries: 60,
}
const info = { name: 'quayside-tests', version: '1.0.0' }

interface Caller {
  /** The text of a result, or of an error. `heard` takes each progress. */
  call(tool: string, args: object, heard: (value: number) => void): Promise<string>
  close(): Promise<void>
}

async function connectV1(url: URL): Promise<Caller> {
  const client = new ClientV1(info)
  const transport = new TransportV1(url, { reconnectionOptions })
  // The package is not written for `exactOptionalPropertyTypes`; its transport is one.
  await client.connect(transport as Transport)
  return {
    async call(name, args, heard) {
      const params = { name, arguments: { ...args } }
      const options = {
        timeout: ROUND_MS,
        onprogress: ({ progress }: { progress: number }) => heard(progress),
      }
      return textOf(client.callTool(params, undefined, options))
    },
    close: () => client.close(),
  }
}

async function connectV2(url: URL): Promise<Caller> {
  const client = new ClientV2(info, { versionNegotiation: { mode: 'legacy' } })
  await client.connect(new TransportV2(url, { reconnectionOptions }))
  return {
    async call(name, args, heard) {
      const params = { name, arguments: { ...args } }
      const options = {
        timeout: ROUND_MS,
        onprogress: ({ progress }: { progress: number }) => heard(progress),
      }
      return textOf(client.callTool(params, options))
    },
    close: () => client.close(),
  }
}

async function textOf(calling: Promise<unknown>): Promise<string> {
  const settled = await calling.catch((error: unknown) => error)
  if (settled instanceof Error) return settled.message
  const { content } = settled as { content: { text: string }[] }
  return content[0]?.text ?? ''
}

const CLIENTS = { '1.x': connectV1, '2.x': connectV2 }

/** Calls in the middle of which `kill` happens; each client has one that may be repeated. */
async function callThrough(platform: Platform, kill: () => Promise<void>) {
  const url = new URL(`${platform.origin}/counting/mcp`)
  const calls: { name: string; tool: string; heard: number[]; text: Promise<string> }[] = []
  const clients: Caller[] = []
  for (const [name, connect] of Object.entries(CLIENTS)) {
    const client = await connect(url)
    clients.push(client)
    for (const tool of ['count_again', 'count_once']) {
      const heard: number[] = []
      const text = client.call(tool, { to: 15, everyMs: 100 }, (value) => heard.push(value))
      calls.push({ name, tool, heard, text })
    }
  }
  await expect
    .poll(() => calls.every(({ heard }) => heard.length > 0), { timeout: 10_000 })
    .toBe(true)
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 500))
  await kill()
  const ended = await Promise.all(
    calls.map(async ({ text, ...call }) => ({ ...call, text: await text })),
  )
  for (const client of clients) await client.close()
  return ended
}

type Ended = Awaited<ReturnType<typeof callThrough>>

/** Every call has one end: a result, or, where it must not be repeated, the word that it is lost. */
function expectEnds(ended: Ended, versions: string): void {
  for (const { name, tool, heard, text } of ended) {
    const about = `${tool} of ${name} heard ${heard} and "${text}"`
    const counted = new RegExp(`^counted to 15 by ${versions}$`)
    if (tool === 'count_again' || !text.includes('interrupted'))
      expect(text, about).toMatch(counted)
    expect(heard, about).toEqual([...new Set(heard)].sort((a, b) => a - b))
  }
}

describe('the platform, killed in the middle of calls and started again', () => {
  it(
    `H-40, H-52, H-56 gives official clients the end of each call, ${ROUNDS} times`,
    async () => {
      const startedAt = performance.now()
      const all: Ended = []
      let left = ROUNDS
      const killOne = async (): Promise<void> => {
        await using platform = await start({ entry })
        while (left-- > 0) {
          const ended = await callThrough(platform, async () => {
            await platform.kill()
            await platform.restart()
          })
          expectEnds(ended, '1\\.0\\.0')
          all.push(...ended)
        }
      }
      await Promise.all(Array.from({ length: PLATFORMS }, killOne))
      const results = all.filter(({ text }) => text.startsWith('counted')).length
      const seconds = ((performance.now() - startedAt) / 1000 / ROUNDS).toFixed(1)
      console.info(
        `${ROUNDS} kills, ${seconds} s each: of ${all.length} calls ${results} had their result, ` +
          `${all.length - results} the word that they must not be repeated, 0 neither`,
      )
    },
    ROUNDS * ROUND_MS,
  )

  it(
    'H-34, H-40 goes on with the sessions and calls of an older version',
    async () => {
      await using folder = await temporaryFolder()
      await using old = await start({ entry, stateDir: folder.path })
      let next: Platform | undefined
      try {
        const ended = await callThrough(old, async () => {
          await old.kill()
          const newer = entryFile('counting-next-entry.ts')
          next = await start({ entry: newer, stateDir: folder.path, port: old.port })
        })
        expectEnds(ended, '[12]\\.0\\.0')
        const repeated = ended.filter(({ tool }) => tool === 'count_again')
        expect(repeated.map(({ text }) => text)).toContain('counted to 15 by 2.0.0')
      } finally {
        await next?.stop()
      }
    },
    2 * ROUND_MS,
  )
})
