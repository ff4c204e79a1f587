import { DurableObject } from 'cloudflare:workers'

export class KeyRing extends DurableObject {}

export default {
  fetch: () => Response.json({ ok: true }),
}
