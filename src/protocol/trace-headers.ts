import { isObject } from '../lib'

/** Neither version `ff` nor an id of nothing but zeros is one. */
const TRACE_PARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/
const TRACE_STATE = /^[!-~](?:[ -~]{0,510}[!-~])?$/

/**
 * The trace that a request's `_meta` says it belongs to, as headers for what is asked of others in
 * its name (M-41; W3C Trace Context). `baggage` is not passed on: it may say who somebody is.
 */
export function traceHeaders(meta: unknown): Readonly<Record<string, string>> {
  if (!isObject(meta)) return {}
  const { traceparent, tracestate } = meta
  if (typeof traceparent !== 'string' || !TRACE_PARENT.test(traceparent)) return {}
  const hasState = typeof tracestate === 'string' && TRACE_STATE.test(tracestate)
  return { traceparent, ...(hasState && { tracestate }) }
}

/** The id of that trace, for whoever looks for a call in a log. */
export function traceIdOf(meta: unknown): string | undefined {
  const traceparent = isObject(meta) ? meta.traceparent : undefined
  return typeof traceparent === 'string' ? TRACE_PARENT.exec(traceparent)?.[1] : undefined
}
