/**
 * SSE event ids: which stream of the session, and which event on it. Unique over a session, and an
 * id reveals its stream (H-55). Outside its session it means nothing, so it needs no seal.
 *
 * @module
 */

/** What opened a stream: a POST, whose answer ends it, or a GET, which nothing ends. */
export type StreamKind = 'post' | 'get'

export interface EventId {
  kind: StreamKind
  stream: number
  /** From 1; 0 stands for the opening of the stream, before all events. */
  seq: number
}

export const eventIdText = ({ kind, stream, seq }: EventId): string =>
  `${kind === 'get' ? 'g' : 'p'}${stream}.${seq}`

export function readEventId(text: string): EventId | undefined {
  const [, kind, stream, seq] = /^([gp])(\d{1,9})\.(\d{1,9})$/.exec(text) ?? []
  if (stream === undefined) return undefined
  return { kind: kind === 'g' ? 'get' : 'post', stream: Number(stream), seq: Number(seq) }
}
