/**
 * Interleaved measuring: within a round every case gets short turns, one case after another, so
 * that whatever else the machine does in that second hits all of them.
 *
 * @module
 */
import { type Case, prepareCase } from './cases.ts'
import { Connection } from './connection.ts'

export interface MeasureOptions {
  rounds: number
  /** Requests to each case in one round. */
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
  { rounds, requests, warmUp }: MeasureOptions,
): Promise<Series[]> {
  const lanes: Lane[] = []
  try {
    for (const it of cases) {
      const connection = await Connection.open(portOf(it))
      const request = await prepareCase(it, connection)
      lanes.push({ connection, request, series: { case: it, microseconds: [] } })
    }
    await round(lanes, warmUp)
    for (let index = 0; index < rounds; index++) {
      const means = await round(lanes, requests)
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
async function round(lanes: readonly Lane[], requests: number): Promise<number[]> {
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
