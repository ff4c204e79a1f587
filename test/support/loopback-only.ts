/**
 * Environment for a Node program and its children in which every connection that would leave this
 * machine fails, and is named on stderr: proof that a program works offline, and a guard for
 * programs of others that look for updates.
 *
 * @module
 */
import { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1|\[::1\])$/

export const loopbackOnly: Record<string, string> = {
  NODE_OPTIONS: `--disable-warning=ExperimentalWarning --import=${import.meta.url}`,
  QUAYSIDE_LOOPBACK_ONLY: '1',
}

if (process.env.QUAYSIDE_LOOPBACK_ONLY === '1') guard()

function guard(): void {
  const { connect } = Socket.prototype
  const guarded = function (this: Socket, ...args: unknown[]) {
    // `net.connect()` hands over its arguments as one list, options first.
    const [first, second] = Array.isArray(args[0]) ? args[0] : args
    const host =
      typeof first === 'object' && first !== null
        ? (first as { host?: string; path?: string }).host
        : typeof first === 'number'
          ? second
          : undefined // a path: a socket of this machine
    if (typeof host === 'string' && !LOOPBACK.test(host)) {
      process.stderr.write(`${fileURLToPath(import.meta.url)}: refused to connect to ${host}\n`)
      const error = Object.assign(new Error(`not on loopback: ${host}`), { code: 'ENETUNREACH' })
      // Not before whoever connects has had time to listen for errors.
      setImmediate(() => this.destroy(error))
      return this
    }
    return Reflect.apply(connect, this, args)
  }
  Socket.prototype.connect = guarded as typeof connect
}
