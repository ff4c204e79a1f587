import { createMiddleware } from 'hono/factory'
import type { Config } from '../../config'
import type { AppEnv } from '../app-env'
import { correlationIdOf } from '../audit-origin'
import { preflight, publicPreflight } from '../cors'
import { admit, sendOff } from '../edge-policy'
import { isPublicDocument } from '../paths'

const READING = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Host and Origin first, then CORS: a request that is not ours does nothing. Sets
 * `c.var.admission` and, before anything can fail, `c.var.correlationId`.
 *
 * @throws {ProtocolError} see `admit`.
 */
export const edge = (config: Config) =>
  createMiddleware<AppEnv>(async (c, next) => {
    c.set('correlationId', correlationIdOf(c.req.raw, config))
    const isPublic = READING.has(c.req.method) && isPublicDocument(c.req.path)
    const admission = admit(c.req.raw, config, isPublic)
    c.set('admission', admission)
    if (c.req.method === 'OPTIONS') {
      return isPublic ? publicPreflight() : preflight(c.req.raw, admission.browserOrigin)
    }
    await next()
    sendOff(c.res.headers, admission)
    return undefined
  })
