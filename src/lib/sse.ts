/** One Server-Sent Events message whose data is a single line, such as JSON (WHATWG HTML §9.2). */
export const sseData = (line: string): string => `data: ${line}\n\n`

/** A comment: keeps a connection warm and shows a dead one, and no client hands it to its user. */
export const sseComment = (text = ''): string => `:${text}\n\n`

/** What every event stream is answered with; the last one keeps nginx from holding events back. */
export const SSE_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
} as const
