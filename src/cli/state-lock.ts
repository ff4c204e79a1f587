import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { constants } from 'node:fs'
import { access, mkdir, realpath, rm } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CliError } from './cli-error.ts'

/**
 * Keeps two Workers off one state folder: each would keep its own copy of an object in memory and
 * write over what the other stored. The lock is a socket, so it ends with its process however that
 * dies, and no process id that was given to another program can be taken for its owner.
 *
 * @throws {CliError} when another command has the folder, or it cannot be written to.
 */
export async function lockState(stateDir: string): Promise<AsyncDisposable> {
  await makeFolder(stateDir)
  const digest = createHash('sha256').update(await realpath(stateDir))
  // Not in the folder itself: the path of a socket may have no more than about 100 characters.
  const path = join(tmpdir(), `quayside-${digest.digest('hex').slice(0, 16)}.lock`)

  let server = await listen(path)
  if (!server && !(await answers(path))) {
    await rm(path, { force: true }) // its owner was killed
    server = await listen(path)
  }
  if (!server) {
    throw new CliError(
      `Another command is using the data in ${stateDir}. Stop it first, or choose another folder ` +
        'with QUAYSIDE_STATE_DIR.',
    )
  }
  const lock = server
  return {
    async [Symbol.asyncDispose]() {
      lock.close()
      await once(lock, 'close')
    },
  }
}

async function makeFolder(stateDir: string): Promise<void> {
  try {
    await mkdir(stateDir, { recursive: true })
    await access(stateDir, constants.W_OK)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const reason =
      { EEXIST: 'it is a file', ENOTDIR: 'a file is in its way' }[String(code)] ?? message
    throw new CliError(
      `Data cannot be kept in ${stateDir}: ${reason}. Choose another folder with QUAYSIDE_STATE_DIR.`,
      { cause },
    )
  }
}

/** Whether somebody listens is all that counts; nothing is said on the socket. */
async function listen(path: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy()).unref()
  try {
    server.listen(path)
    await once(server, 'listening')
    return server
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    return undefined
  }
}

async function answers(path: string): Promise<boolean> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
