/**
 * Interleaved measuring: within a round every case gets its turns, one case after another, so that
 * whatever else the machine does in that time hits all of them.
 *
 * @module
 */
import autocannon from 'autocannon'
import { isHeldToABound } from './bounds.ts'
import { type Case, prepareCase } from './cases.ts'
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
}

const REQUESTS_A_TURN = 50
/** A case that takes long sends fewer requests in its turn, and so keeps the round short. */
const MAX_TURN_MS = 25

/** Measures the cases, each on one connection of its own. */
export async function measure(
  cases: readonly Case[],
  portOf: (it: Case) => number,
  { load, rounds, seconds, requests, warmUp }: MeasureOptions,
): Promise<Series[]> {
  const lanes: Lane[] = []
  try {
    for (const it of cases) {
      const connection = await Connection.open(portOf(it))
      const request = await prepareCase(it, connection)
      lanes.push({ connection, request, series: { case: it, microseconds: [] } })
    }
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
    for (const { connection } of lanes) connection.close()
  }
}

interface Lane {
  connection: Connection
  request: Buffer
  series: Series
}

/** The mean time of one request in each lane, in microseconds. */
async function loadRound(
  lanes: readonly Lane[],
  portOf: (it: Case) => number,
  seconds: number,
): Promise<number[]> {
  const means: number[] = []
  for (const { request, series } of lanes) {
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

async function takeTurn({ connection, request }: Lane) {
  // One that is not counted: the process has slept since its last turn.
  await connection.exchange(request)
  const startedAt = performance.now()
  let [requests, milliseconds] = [0, 0]
  while (requests < REQUESTS_A_TURN && milliseconds < MAX_TURN_MS) {
    await connection.exchange(request)
    requests += 1
    milliseconds = performance.now() - startedAt
  }
  return { requests, milliseconds }
}
