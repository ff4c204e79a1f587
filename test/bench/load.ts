/**
 * `npm run load`: mixed traffic of every revision for minutes, in many sessions, and what comes of it.
 * Stays on loopback, ends what it starts, and exits with 1 when an answer was not what it should be.
 *
 * @module
 */
import { cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { connect, openBrowser, register, siteAt } from '../support/oauth-flow.ts'
import { type Platform, start } from '../support/platform.ts'
import { residentMiB } from '../support/processes.ts'
import { type Answer, LoadClient, type Message, type Peer, REVISIONS_2025 } from './load-client.ts'
import { writeSection } from './results-file.ts'

const USAGE = `npm run load -- [--minutes 10] [--sessions 1000] [--rate 60] [--churn 4] [--write]
  --minutes    how long requests are sent
  --sessions   open sessions of 2025 clients; every tenth has a stream open
  --rate       requests begun in a second, over all of them
  --churn      of a hundred requests of 2025, about as many open a session, use and end it
  --write      put the figures into test/bench/RESULTS.md`

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    sessions: { type: 'string', default: '1000' },
    rate: { type: 'string', default: '60' },
    churn: { type: 'string', default: '4' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const PEOPLE = 10
const LISTENS = 40
/** Of the sessions, how many have no stream for each that has one. */
const SESSIONS_A_STREAM = 10
/** What those who listen are told of, every so often. */
const TIDE = 'drill://tides/load'
const TELL_EVERY_MS = 5000
/** Requests that wait for their answers at the most; beyond it one is left out, and counted. */
const MAX_WAITING = 200
const TICK_MS = 10
const COUNT_TO = 5
/** Of the section in `RESULTS.md`. */
const HEADING = 'Load'

/** One sort of request: what is sent, and whether that is what should come back. */
interface Kind {
  name: string
  weight: number
  send(client: LoadClient, peer: Peer): Promise<boolean>
}

const hasResult = ({ status, messages }: Answer, part: string): boolean =>
  status === 200 && JSON.stringify(messages.at(-1)?.result ?? '').includes(part)

let texts = 0
const echoed = async (client: LoadClient, peer: Peer): Promise<boolean> => {
  const text = `text ${++texts}`
  const answer = await client.ask(peer, 'tools/call', { name: 'echo', arguments: { text } })
  return answer.messages.length === 1 && hasResult(answer, `"${text}"`)
}

const counted = async (client: LoadClient, peer: Peer): Promise<boolean> => {
  const args = { to: COUNT_TO, everyMs: 50 }
  const answer = await client.ask(peer, 'tools/call', { name: 'count_again', arguments: args })
  const progress = answer.messages.filter(({ method }) => method === 'notifications/progress')
  return progress.length === COUNT_TO && hasResult(answer, `counted to ${COUNT_TO}`)
}

const listed = async (client: LoadClient, peer: Peer): Promise<boolean> =>
  hasResult(await client.ask(peer, 'tools/list'), '"count_again"')

const read = async (client: LoadClient, peer: Peer): Promise<boolean> =>
  hasResult(await client.ask(peer, 'resources/read', { uri: TIDE }), 'the tide of load')

const batched = async (client: LoadClient, peer: Peer): Promise<boolean> => {
  const { status, messages } = await client.askAll(peer, [
    ['tools/call', { name: 'echo', arguments: { text: 'one' } }],
    ['tools/call', { name: 'echo', arguments: { text: 'two' } }],
  ])
  const said = messages.map(({ id, result }) => `${id} ${JSON.stringify(result)}`).sort()
  return (
    status === 200 && said.length === 2 && !!said[0]?.includes('one') && !!said[1]?.includes('two')
  )
}

/** Opens a session, calls in it, ends it; after that it must be gone. */
const churned = async (client: LoadClient, peer: Peer): Promise<boolean> => {
  const opened = await client.open(peer)
  const isServed = await echoed(client, opened)
  const ended = await client.end(opened)
  const { status } = await client.ask(opened, 'tools/list')
  return isServed && ended < 300 && status === 404
}

const KINDS: Kind[] = [
  { name: 'tools/call', weight: 50, send: echoed },
  { name: 'tools/call, streamed', weight: 12, send: counted },
  { name: 'tools/list', weight: 15, send: listed },
  { name: 'resources/read', weight: 15, send: read },
]
const BATCH: Kind = { name: 'two calls in an array', weight: 4, send: batched }
const CHURN: Kind = {
  name: 'initialize to DELETE',
  weight: number('churn', values.churn, 100, 0),
  send: churned,
}

const kindsOf = ({ revision }: Peer): Kind[] => [
  ...KINDS,
  ...(revision === '2025-03-26' ? [BATCH] : []),
  ...(revision === '2026-07-28' ? [] : [CHURN]),
]

interface Figures {
  date: string
  command: string
  sessions: number
  streams: number
  seconds: number
  byKind: Map<string, number[]>
  /** What went wrong, and how often. */
  errors: Map<string, number>
  leftOut: number
  told: number
  memoryMiB: number[]
  /** Of the machine over a minute, whoever caused it: before, after each minute and in the end. */
  loads: number[]
}

if (values.help) console.log(USAGE)
else {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  const figures = await run({
    minutes: number('minutes', values.minutes, 60),
    sessions: number('sessions', values.sessions, 5000),
    rate: number('rate', values.rate, 1000),
  })
  const text = section(figures)
  console.log(text)
  if (values.write) await writeSection(HEADING, text)
  if (figures.errors.size > 0) process.exitCode = 1
}

async function run(options: { minutes: number; sessions: number; rate: number }): Promise<Figures> {
  await using platform = await start({ entry: join(import.meta.dirname, 'workers/mixed.ts') })
  const client = new LoadClient(platform.port)
  try {
    return await load(platform, client, options)
  } finally {
    client.close()
  }
}

async function load(
  platform: Platform,
  client: LoadClient,
  { minutes, sessions, rate }: { minutes: number; sessions: number; rate: number },
): Promise<Figures> {
  const errors = new Map<string, number>()
  const fault = (what: string) => errors.set(what, (errors.get(what) ?? 0) + 1)
  const accessTokens = await signIn(platform.origin)
  const placeOf = (index: number) =>
    index % 2 === 0
      ? { module: 'drill', accessToken: undefined }
      : { module: 'guarded', accessToken: accessTokens[index % accessTokens.length] }

  const peers: Peer[] = []
  for (let index = 0; index < sessions; index++) {
    const revision = REVISIONS_2025[index % 3] ?? '2025-11-25'
    peers.push(await client.open({ ...placeOf(Math.floor(index / 3)), revision }))
  }
  // A third more that have no session.
  const stateless = Array.from({ length: Math.ceil(sessions / 3) }, (_, index): Peer => {
    return { ...placeOf(index), revision: '2026-07-28', sessionId: undefined }
  })

  /** How often each stream was told that the tide has changed. */
  const heard: number[] = []
  const follow = async (peer: Peer): Promise<void> => {
    const index = heard.push(0) - 1
    const about = peer.sessionId === undefined ? 'a listen' : `a stream of ${peer.revision}`
    await client.follow(peer, TIDE, {
      message({ params }: Message) {
        if (params?.uri === TIDE) heard[index] = (heard[index] ?? 0) + 1
      },
      end: () => fault(`${about} ended`),
    })
    if (peer.sessionId === undefined) return
    const { status } = await client.ask(peer, 'resources/subscribe', { uri: TIDE })
    if (status !== 200) fault(`resources/subscribe was answered with ${status}`)
  }
  for (let index = 0; index < sessions; index += SESSIONS_A_STREAM) {
    const peer = peers[index]
    if (peer) await follow(peer)
  }
  for (const peer of stateless.slice(0, LISTENS)) await follow(peer)

  const byKind = new Map<string, number[]>()
  const random = randomFrom(20_261_127)
  const everybody = [...peers, ...stateless]
  let waiting = 0
  let leftOut = 0
  const one = async (): Promise<void> => {
    const peer = everybody[Math.floor(random() * everybody.length)]
    if (!peer) return
    const { name, send } = pick(kindsOf(peer), random())
    const label = `${name}, ${peer.revision}`
    waiting += 1
    const startedAt = performance.now()
    try {
      if (!(await send(client, peer))) fault(`${label} was not answered as it should be`)
      const times = byKind.get(label) ?? []
      times.push(performance.now() - startedAt)
      byKind.set(label, times)
    } catch (cause) {
      fault(`${label}: ${cause}`)
    } finally {
      waiting -= 1
    }
  }

  const memoryMiB: number[] = []
  const loads: number[] = []
  const lookAtMachine = async (): Promise<void> => {
    memoryMiB.push((await residentMiB(platform)) ?? Number.NaN)
    loads.push(loadavg()[0] ?? Number.NaN)
    noteComplaints(platform, fault)
  }
  await lookAtMachine()
  const startedAt = performance.now()
  const elapsedMs = () => performance.now() - startedAt
  let begun = 0
  let told = 0
  while (elapsedMs() < minutes * 60_000) {
    for (const due = (elapsedMs() / 1000) * rate; begun < due; begun++) {
      if (waiting < MAX_WAITING) void one()
      else leftOut += 1
    }
    if (elapsedMs() >= told * TELL_EVERY_MS && elapsedMs() < minutes * 60_000 - TELL_EVERY_MS) {
      told += 1
      await tell(client, [peers[0], peers[3]], fault)
    }
    if (elapsedMs() >= memoryMiB.length * 60_000) {
      await lookAtMachine()
    }
    await sleep(TICK_MS)
  }
  const seconds = elapsedMs() / 1000
  while (waiting > 0) await sleep(TICK_MS)
  await lookAtMachine()
  for (const count of heard) if (count < told) fault('a notice did not reach its stream')
  return {
    date: new Date().toISOString().slice(0, 10),
    command: ['npm run load --', ...process.argv.slice(2)].join(' '),
    sessions,
    streams: heard.length,
    seconds,
    byKind,
    errors,
    leftOut,
    told,
    memoryMiB,
    loads,
  }
}

/** Has both modules say that the tide has changed. */
async function tell(
  client: LoadClient,
  speakers: (Peer | undefined)[],
  fault: (what: string) => void,
): Promise<void> {
  for (const speaker of speakers) {
    if (!speaker) continue
    const params = { name: 'tell', arguments: { uri: TIDE } }
    const answer = await client.ask(speaker, 'tools/call', params)
    if (!hasResult(answer, 'told')) fault('"tell" was not answered as it should be')
  }
}

/** Access tokens for the module that takes them, of as many people. */
async function signIn(origin: string): Promise<string[]> {
  const site = siteAt(origin)
  const client = await register(site)
  const tokens: string[] = []
  for (let index = 0; index < PEOPLE; index++) {
    const browser = openBrowser(site)
    const person = `Person ${index + 1}`
    const connected = await connect(site, { module: 'guarded', client, browser, person })
    tokens.push(connected.tokens.access_token)
  }
  return tokens
}

/** What the platform itself had to say against it, and forgets it. */
function noteComplaints({ logs }: Platform, fault: (what: string) => void): void {
  for (const { level, message } of logs.splice(0)) {
    // What workerd notes for its own authors is no fault: an alarm set anew while it was on its way.
    const isNote = message.startsWith('NOSENTRY')
    if (!isNote && (level === 'warn' || level === 'error'))
      fault(`logged: ${message.slice(0, 200)}`)
  }
}

function pick(kinds: readonly Kind[], at: number): Kind {
  const [first = CHURN] = kinds
  let left = at * kinds.reduce((sum, { weight }) => sum + weight, 0)
  for (const kind of kinds) {
    left -= kind.weight
    if (left < 0) return kind
  }
  return first
}

/** Mulberry32: the same traffic each time. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function section(figures: Figures): string {
  const { date, command, sessions, streams, seconds, byKind, errors, memoryMiB, loads } = figures
  const all = [...byKind.values()].flat()
  const row = (name: string, times: number[]) => {
    const sorted = times.toSorted((a, b) => a - b)
    const at = (share: number) =>
      (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1)
    return `| ${name} | ${times.length} | ${at(0.5)} | ${at(0.99)} | ${at(1)} |`
  }
  const kinds = [...byKind].sort(([a], [b]) => a.localeCompare(b))
  const wrong = [...errors].map(([what, count]) => `- ${count} × ${what}`)
  return `${date}, \`${command}\`, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB; node ${process.versions.node}. ${sessions} open sessions of the three
revisions that have them and clients of 2026-07-28, half of them signed in; ${streams} streams that stay open.
Served by Miniflare without its proxy, D1 and queue included; the load comes from the same machine.

${all.length} requests in ${seconds.toFixed(0)} s, ${(all.length / seconds).toFixed(0)} a second (${figures.leftOut} left out because too many waited); ${figures.told} changes told to all
streams. Not as it should be: ${wrong.length === 0 ? 'nothing.' : `\n\n${wrong.join('\n')}`}

| request | how many | p50 ms | p99 ms | slowest ms |
| --- | --- | --- | --- | --- |
${[row('all', all), ...kinds.map(([name, times]) => row(name, times))].join('\n')}

Resident memory of workerd in MiB, at the start, after each minute and in the end: ${memoryMiB.map((it) => it.toFixed(0)).join(', ')}.
Load of the whole machine over a minute, at the same times: ${loads.map((it) => it.toFixed(1)).join(', ')}.
`
}

function number(name: string, text: string, most: number, least = 0.1): number {
  const value = Number(text)
  if (value >= least && value <= most) return value
  throw new Error(`--${name} takes a number from ${least} to ${most}\n${USAGE}`)
}
