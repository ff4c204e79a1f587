import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder that goes away with the `await using` that declares it. */
export async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'quayside-'))
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 3 }),
  }
}

/** A port of 127.0.0.1 that another program has. */
export async function takenPort(): Promise<{ port: number } & AsyncDisposable> {
  const server = await listen()
  return { port: portOf(server), [Symbol.asyncDispose]: () => close(server) }
}

/** A port nobody has, for a program that must be told one. */
export async function freePort(): Promise<number> {
  const server = await listen()
  const port = portOf(server)
  await close(server)
  return port
}

async function listen(): Promise<Server> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

async function close(server: Server): Promise<void> {
  server.close()
  await once(server, 'close')
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port // a listening TCP server has one
}
