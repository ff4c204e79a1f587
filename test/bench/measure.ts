/**
 * Interleaved measuring: within a round every case gets its turns, one case after another, so that
 * whatever else the machine does in that time hits all of them.
 *
 * @module
 */
import autocannon from 'autocannon'
import { isHeldToABound } from './bounds.ts'
import { type Case, prepareCase, YARDSTICK } from './cases.ts'
import { Connection } from './connection.ts'

/**
 * Where the load comes from: the load generator that published figures of others were taken with,
 * or a loop that does nothing between two requests and so shows the whole of every difference.
 */
export type Load = 'autocannon' | 'bare'

export interface MeasureOptions {
  load: Load
  rounds: number
  /** For how long the load generator sends in one round to a case held to a bound; to others, 1. */
  seconds: number
  /** Requests of the bare loop to each case in one round. */
  requests: number
  /** Requests to each case before the first round. */
  warmUp: number
}

export interface Series {
  case: Case
  /** Mean time of one request in each round. */
  microseconds: number[]
  /** That of the plain echo, of a case that is measured by another load than the rest. */
  yardstick?: number[]
}

const REQUESTS_A_TURN = 50
/** A case that takes long sends fewer requests in its turn, and so keeps the round short. */
const MAX_TURN_MS = 25
/** What of them is measured in one round beside the load generator. */
const DIALOGUES = 500

/** Measures the cases, each on one connection of its own. */
export async function measure(
  cases: readonly Case[],
  portOf: (it: Case) => number,
  { load, rounds, seconds, requests, warmUp }: MeasureOptions,
): Promise<Series[]> {
  const lanes: Lane[] = []
  try {
    for (const it of cases) lanes.push(await openLane(it, portOf(it)))
    await bareRound(lanes, warmUp)
    for (let index = 0; index < rounds; index++) {
      const means =
        load === 'bare' ? await bareRound(lanes, requests) : await loadRound(lanes, portOf, seconds)
      lanes.forEach(({ series }, lane) => {
        series.microseconds.push(means[lane] ?? Number.NaN)
      })
    }
    return lanes.map(({ series }) => series)
  } finally {
    lanes.forEach(closeLane)
  }
}

interface Lane {
  connections: readonly Connection[]
  request: Buffer
  exchange(): Promise<Buffer>
  series: Series
}

async function openLane(it: Case, port: number): Promise<Lane> {
  const connections = [await Connection.open(port), await Connection.open(port)] as const
  const { request, exchange } = await prepareCase(it, ...connections)
  return { connections, request, exchange, series: { case: it, microseconds: [] } }
}

function closeLane({ connections }: Lane): void {
  for (const connection of connections) connection.close()
}

/** The mean time of one request in each lane, in microseconds. */
async function loadRound(
  lanes: readonly Lane[],
  portOf: (it: Case) => number,
  seconds: number,
): Promise<number[]> {
  const means: number[] = []
  for (const { request, series } of lanes) {
    // The load generator sends one request after the other, and nothing in between.
    if (series.case.converse) {
      // Anew: those of the warm-up have been idle for longer than a server keeps a connection.
      const both = [await openLane(YARDSTICK, portOf(YARDSTICK))]
      both.push(await openLane(series.case, portOf(series.case)))
      const [plain = Number.NaN, own = Number.NaN] = await bareRound(both, DIALOGUES)
      both.forEach(closeLane)
      series.yardstick = [...(series.yardstick ?? []), plain]
      means.push(own)
      continue
    }
    const { path, headers, body } = partsOf(request)
    const { duration, requests, ...failed } = await autocannon({
      url: `http://127.0.0.1:${portOf(series.case)}${path}`,
      connections: 1,
      duration: isHeldToABound(series.case) ? seconds : 1,
      method: 'POST',
      headers,
      body,
    })
    if (failed.non2xx + failed.errors + failed.timeouts > 0) {
      throw new Error(`${series.case.target}: ${series.case.name}: not all were answered with 200`)
    }
    means.push((duration * 1e6) / requests.total)
  }
  return means
}

/** A request as the load generator takes it, which sets the length itself. */
function partsOf(request: Buffer): { path: string; headers: Record<string, string>; body: string } {
  const [head = '', body = ''] = request.toString().split('\r\n\r\n')
  const [line = '', ...fields] = head.split('\r\n')
  const headers: Record<string, string> = {}
  for (const field of fields) {
    const [name = '', value = ''] = field.split(/: (.*)/s)
    if (name !== 'content-length') headers[name] = value
  }
  return { path: line.split(' ')[1] ?? '', headers, body }
}

async function bareRound(lanes: readonly Lane[], requests: number): Promise<number[]> {
  const spent = lanes.map(() => ({ milliseconds: 0, requests: 0 }))
  for (let turn = 0; turn < requests / REQUESTS_A_TURN; turn++) {
    for (const [index, lane] of lanes.entries()) {
      const taken = await takeTurn(lane)
      const total = spent[index]
      if (!total) continue
      total.milliseconds += taken.milliseconds
      total.requests += taken.requests
    }
  }
  return spent.map((total) => (total.milliseconds * 1000) / total.requests)
}

async function takeTurn({ exchange }: Lane) {
  // One that is not counted: the process has slept since its last turn.
  await exchange()
  const startedAt = performance.now()
  let [requests, milliseconds] = [0, 0]
  while (requests < REQUESTS_A_TURN && milliseconds < MAX_TURN_MS) {
    await exchange()
    requests += 1
    milliseconds = performance.now() - startedAt
  }
  return { requests, milliseconds }
}
