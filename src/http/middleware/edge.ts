import { createMiddleware } from 'hono/factory'
import type { Config } from '../../config'
import type { AppEnv } from '../app-env'
import { corsHeaders, preflight } from '../cors'
import { admit } from '../edge-policy'

/**
 * Host and Origin first, then CORS: a request that is not ours does nothing. Sets
 * `c.var.admission`.
 *
 * @throws {ProtocolError} see `admit`.
 */
export const edge = (config: Config) =>
  createMiddleware<AppEnv>(async (c, next) => {
    const admission = admit(c.req.raw, config)
    c.set('admission', admission)
    const { browserOrigin } = admission
    if (c.req.method === 'OPTIONS') return preflight(c.req.raw, browserOrigin)
    await next()
    if (browserOrigin !== undefined) {
      for (const [name, value] of Object.entries(corsHeaders(browserOrigin))) {
        c.res.headers.set(name, value)
      }
    }
    return undefined
  })
