import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorker, type WorkerProcess } from '../bench/worker-process.ts'
import { temporaryFolder } from '../support/temporary.ts'

const WORDS = 'only for the inside'

/** A service of this machine that trusts whoever can reach it. */
const inside = createServer((_, response) => response.end(WORDS))
let reached = 0
inside.on('connection', () => {
  reached += 1
})

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let worker: WorkerProcess
let careless: WorkerProcess

async function start(name: string, networks?: readonly string[]): Promise<WorkerProcess> {
  const directory = join(folder.path, name)
  await mkdir(directory)
  const entry = join(import.meta.dirname, 'rebinding-entry.ts')
  const options = { name: 'rebinding-entry', entry, directory, objects: {} }
  return startWorker({ ...options, ...(networks && { networks }) })
}

beforeAll(async () => {
  inside.listen(0, '127.0.0.1')
  await once(inside, 'listening')
  folder = await temporaryFolder()
  worker = await start('strict')
  careless = await start('careless', ['public', 'private'])
})
afterAll(async () => {
  await worker?.stop()
  await careless?.stop()
  inside.close()
  await folder?.[Symbol.asyncDispose]()
})

const ask = async ({ port }: WorkerProcess, host: string): Promise<string> => {
  const { port: target } = inside.address() as AddressInfo // of a server that listens
  const leadsTo = encodeURIComponent(`http://${host}:${target}`)
  return (await fetch(`http://127.0.0.1:${port}/?leads-to=${leadsTo}`)).text()
}

describe('a name on the list that leads inside', () => {
  it.each(['localhost', '127.0.0.1'])(
    'is refused when the runtime connects to %s, before a byte is sent',
    async (host) => {
      const before = reached
      expect(JSON.parse(await ask(worker, host))).toEqual({
        code: 'egress_unreachable',
        message: '"rebinding.example.com" could not be reached.',
      })
      expect(reached).toBe(before)
      // It would have been there.
      expect(await ask(careless, host)).toBe(WORDS)
    },
  )
})
