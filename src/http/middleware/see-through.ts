import { createMiddleware } from 'hono/factory'
import type { AppEnv } from '../app-env'

/**
 * Sees a change through although its client goes away, which cancels a request otherwise: a grant
 * that has ended and is not told of, or a thief's attempt that is not recorded, is worse than none.
 */
export const seeThrough = createMiddleware<AppEnv>(async (c, next) => {
  const work = next()
  if (c.req.method !== 'GET' && c.req.method !== 'HEAD') {
    c.executionCtx.waitUntil(work.catch(() => undefined))
  }
  await work
})
