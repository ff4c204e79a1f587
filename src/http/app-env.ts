import type { Admission } from './edge-policy'

/** What Hono carries for one request. */
export interface AppEnv {
  Bindings: Cloudflare.Env
  Variables: { admission: Admission; correlationId: string }
}
