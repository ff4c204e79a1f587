import { createMiddleware } from 'hono/factory'
import type { Config } from '../../config'
import type { AppEnv } from '../app-env'
import { correlationIdOf } from '../audit-origin'
import { corsHeaders, preflight } from '../cors'
import { admit } from '../edge-policy'

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
    const { browserOrigin } = admission
    if (c.req.method === 'OPTIONS') return preflight(c.req.raw, browserOrigin)
    await next()
    // Whoever came by https once never goes by http again, not even where a link says so.
    if (admission.ownOrigin.startsWith('https:')) {
      c.res.headers.set('strict-transport-security', 'max-age=31536000')
    }
    if (browserOrigin !== undefined) {
      for (const [name, value] of Object.entries(corsHeaders(browserOrigin))) {
        c.res.headers.set(name, value)
      }
    }
    return undefined
  })
