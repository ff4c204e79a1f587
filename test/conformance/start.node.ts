/**
 * `npm run start:conformance -- --port N`: serves the fixture without sign-in, on data of its own
 * that goes away with it.
 *
 * @module
 */
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { parsePort } from '../../src/cli/ports.ts'
import { startConformance } from './referee.node.ts'

const DEFAULT_PORT = '8585'

try {
  const { values } = parseArgs({ options: { port: { type: 'string', default: DEFAULT_PORT } } })
  await using server = await startConformance(parsePort(values.port, '--port'))
  console.log(`The conformance fixture is at ${server.url}. Press Ctrl-C to stop.`)
  await Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)))
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
