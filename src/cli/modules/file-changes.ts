/** Changes to several files of the project, of which all are made or none. @module */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { CliError } from '../cli-error.ts'
import { projectRoot } from '../project.ts'

export interface FileChanges {
  /** Writes a file that must not be there yet, and the folders above it. @throws {CliError} */
  create(path: string, text: string): Promise<void>
  /** Puts `text` in the place of what was read before. @throws {CliError} when somebody changed it since. */
  replace(path: string, before: string, text: string): Promise<void>
  /** Lets another program change a file; what is there now comes back when the work fails. */
  guard(path: string): Promise<void>
  /** Aborted when the person at the terminal wants to stop. */
  signal: AbortSignal
}

/**
 * Runs `work` and takes every change back when it fails or is interrupted, the last one first.
 * Paths are relative to the project. What makes the other changes count belongs at the end: a
 * power cut cannot be caught.
 */
export async function changeFiles(work: (changes: FileChanges) => Promise<void>): Promise<void> {
  const undo: (() => Promise<void>)[] = []
  const controller = new AbortController()
  const interrupt = () => controller.abort(new CliError('Interrupted. Nothing was changed.'))
  for (const signal of SIGNALS) process.on(signal, interrupt)

  const put = async (path: string, text: string) => {
    controller.signal.throwIfAborted()
    await replaceFile(join(projectRoot, path), text)
  }
  try {
    await work({
      signal: controller.signal,
      async create(path, text) {
        controller.signal.throwIfAborted()
        const full = join(projectRoot, path)
        const firstNew = await mkdir(dirname(full), { recursive: true })
        if (firstNew) undo.push(() => rm(firstNew, { recursive: true, force: true }))
        try {
          await writeFile(full, text, { flag: 'wx' })
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
          throw new CliError(`${path} exists already.`, { cause: error })
        }
        undo.push(() => rm(full, { force: true }))
      },
      async replace(path, before, text) {
        if ((await read(path)) !== before) {
          throw new CliError(`${path} was changed in the meantime. Try again.`)
        }
        undo.push(() => replaceFile(join(projectRoot, path), before))
        await put(path, text)
      },
      async guard(path) {
        const before = await read(path)
        undo.push(() => replaceFile(join(projectRoot, path), before))
      },
    })
    controller.signal.throwIfAborted()
  } catch (error) {
    for (const takeBack of undo.reverse()) await takeBack()
    throw controller.signal.aborted ? controller.signal.reason : error
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt)
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

const read = (path: string): Promise<string> => readFile(join(projectRoot, path), 'utf8')

/** In one step, so that whoever reads the file meanwhile sees the old text or the new one. */
async function replaceFile(path: string, text: string): Promise<void> {
  const scratch = join(dirname(path), `.${relative(dirname(path), path)}.${process.pid}`)
  try {
    await writeFile(scratch, text)
    await rename(scratch, path)
  } finally {
    await rm(scratch, { force: true })
  }
}
