/**
 * How a Worker asks a session's object whether the session goes on: by a plain request, which takes
 * two thirds of the time a call of a method does. Each message of a session asks it.
 *
 * @module
 */
import { LOG_LEVELS, type LogLevel } from '../protocol'

/** What a Worker asks before it serves a request of the session. */
export interface SessionState {
  over: boolean
  logLevel: LogLevel | undefined
}

export const STATE_URL = 'https://session/state'
const LOG_LEVEL_HEADER = 'quayside-log-level'
const [LIVING, OVER] = [204, 410]

/** Without a body, of which every request would have to see the end. */
export const stateResponse = ({ over, logLevel }: SessionState): Response =>
  new Response(null, {
    status: over ? OVER : LIVING,
    ...(logLevel !== undefined && { headers: { [LOG_LEVEL_HEADER]: logLevel } }),
  })

/** @throws when it is the answer to something else. */
export function readState({ status, headers }: Response): SessionState {
  if (status !== LIVING && status !== OVER) throw new Error(`the object answered ${status}`)
  const said = headers.get(LOG_LEVEL_HEADER)
  const logLevel = said === null ? undefined : LOG_LEVELS.find((level) => level === said)
  return { over: status === OVER, logLevel }
}
