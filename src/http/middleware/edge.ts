import { createMiddleware } from 'hono/factory'
import type { Config } from '../../config'
import type { AppEnv } from '../app-env'
import { correlationIdOf } from '../audit-origin'
import { preflight } from '../cors'
import { admit, sendOff } from '../edge-policy'

/**
 * Host and Origin first, then CORS: a request that is not ours does nothing. Sets
 * `c.var.admission` and, before anything can fail, `c.var.correlationId`.
 *
 * @throws {ProtocolError} see `admit`.
 */
export const edge = (config: Config) =>
  createMiddleware<AppEnv>(async (c, next) => {
    c.set('correlationId', correlationIdOf(c.req.raw, config))
    const admission = admit(c.req.raw, config)
    c.set('admission', admission)
    if (c.req.method === 'OPTIONS') return preflight(c.req.raw, admission.browserOrigin)
    await next()
    sendOff(c.res.headers, admission)
    return undefined
  })
