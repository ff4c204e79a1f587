/**
 * The Worker of a release, with what a deploy does to objects: each is reset, wherever it is in what
 * it does. Its storage stays, and its sockets and stubs break.
 *
 * @module
 */
import type { DurableObject } from 'cloudflare:workers'
import { createWorker } from '../../../src/app'
import * as platform from '../../../src/index'
import { drills, type Release } from './module'

interface Resettable extends Rpc.DurableObjectBranded {
  reset(): void
}

/** Objects that were made since the Worker started: binding and id. */
const made = new Map<string, [binding: string, id: string]>()

// biome-ignore lint/suspicious/noExplicitAny: a mixin takes the arguments of its base, whatever they are
function resettable<Base extends new (...args: any[]) => DurableObject<object>>(
  base: Base,
  binding: string,
) {
  return class extends base {
    // biome-ignore lint/suspicious/noExplicitAny: as above
    constructor(...args: any[]) {
      super(...args)
      const id = this.ctx.id.toString()
      made.set(`${binding}/${id}`, [binding, id])
    }

    reset(): void {
      this.ctx.abort('reset by a deploy')
    }
  }
}

export const AuthTransactions = resettable(platform.AuthTransactions, 'AUTH_TRANSACTIONS')
export const CallLedger = resettable(platform.CallLedger, 'CALL_LEDGER')
export const ControlState = resettable(platform.ControlState, 'CONTROL_STATE')
export const KeyRing = resettable(platform.KeyRing, 'KEY_RING')
export const McpSession = resettable(platform.McpSession, 'MCP_SESSION')
export const NotificationHub = resettable(platform.NotificationHub, 'NOTIFICATION_HUB')
export const ReplayGuard = resettable(platform.ReplayGuard, 'REPLAY_GUARD')
export const UserGrants = resettable(platform.UserGrants, 'USER_GRANTS')

async function resetObjects(env: Cloudflare.Env): Promise<Response> {
  const all = [...made.values()]
  made.clear()
  const resets = all.map(async ([binding, id]) => {
    const namespace = Reflect.get(env, binding) as DurableObjectNamespace<Resettable> // as named above
    // It cannot answer: it is gone.
    await namespace
      .get(namespace.idFromString(id))
      .reset()
      .catch(() => {})
  })
  await Promise.all(resets)
  return new Response(`${all.length} objects reset`)
}

export function drillWorker(release: Release): ExportedHandler<Cloudflare.Env> {
  const worker = createWorker(drills(release))
  return {
    ...worker,
    fetch(request, env, context) {
      if (new URL(request.url).pathname === '/drill/reset') return resetObjects(env)
      return worker.fetch?.(request, env, context) ?? new Response(null, { status: 500 })
    },
  }
}
