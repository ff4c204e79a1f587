import { once } from 'node:events'
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { CliError } from './cli-error.ts'

/**
 * The loopback addresses of this machine. Both are served where both exist: some programs resolve
 * `localhost` to `::1` and do not try `127.0.0.1` after it.
 */
export function loopbackHosts(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  return ['127.0.0.1', ...(addresses.some(({ address }) => address === '::1') ? ['::1'] : [])]
}

/** The port a person asked for, in words that name where it was asked for. @throws {CliError} */
export function parsePort(value: string, source: string): number {
  const port = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN
  if (!(port >= 1 && port <= 65535)) {
    throw new CliError(
      `${source} must be a port number from 1 to 65535, not ${JSON.stringify(value)}.`,
    )
  }
  return port
}

/** Fails at once, before anything slow is done for a port that cannot be had. @throws {CliError} */
export async function assertPortFree(port: number, hosts: string[]): Promise<void> {
  for (const host of hosts) {
    const server = createServer()
    try {
      server.listen({ host, port })
      await once(server, 'listening')
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EADDRINUSE') throw portTaken(String(port), error)
      if (code === 'EACCES') {
        throw new CliError(
          `This user may not listen on port ${port}. Choose one from 1024 up: ` +
            'npm start -- --port 8485',
          { cause: error },
        )
      }
      throw error
    } finally {
      if (server.listening) {
        server.close()
        await once(server, 'close')
      }
    }
  }
}

export function portTaken(port: string, cause: unknown): CliError {
  return new CliError(
    `Port ${port} is already in use. Stop the program that has it, or choose another port: ` +
      `npm start -- --port ${Number(port) === 8485 ? 8486 : 8485}`,
    { cause },
  )
}
