/**
 * A person signs in with their own browser, and the answer comes to a server on this machine
 * (RFC 8252 §7.3).
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CliError } from '../cli-error.ts'

export interface LoopbackSignIn extends AsyncDisposable {
  redirectUri: string
  /** The answer to the authorization request, however long the person takes up to the limit. */
  answer(authorizationUrl: string, signal: AbortSignal): Promise<URL>
}

/** Listens before anything is registered, so that the redirect address has its port. */
export async function listenForSignIn(): Promise<LoopbackSignIn> {
  const arrived = Promise.withResolvers<URL>()
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', redirectUri)
    if (url.pathname !== '/callback' || !url.searchParams.has('state')) {
      response.writeHead(404).end()
      return
    }
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' })
    response.end('Done. You can close this page and go back to the terminal.\n')
    arrived.resolve(url)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  const redirectUri = `http://127.0.0.1:${port}/callback`
  return {
    redirectUri,
    async answer(authorizationUrl, signal) {
      process.stderr.write(`Sign in as an operator in your browser:\n\n  ${authorizationUrl}\n\n`)
      if (process.stderr.isTTY) openInBrowser(authorizationUrl)
      const late = Promise.withResolvers<never>()
      const giveUp = () => late.reject(new CliError('Nobody signed in in time. Run it again.'))
      signal.addEventListener('abort', giveUp, { once: true })
      try {
        return await Promise.race([arrived.promise, late.promise])
      } finally {
        signal.removeEventListener('abort', giveUp)
      }
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A convenience: the address has been printed, so nothing is lost where it does not work. */
function openInBrowser(url: string): void {
  // Only ever ours to open, but the server chose its characters: none may reach a shell.
  const [command, ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['rundll32', 'url.dll,FileProtocolHandler', url]
        : ['xdg-open', url]
  if (command === undefined) return
  spawn(command, args, { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref()
}
