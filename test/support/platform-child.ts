/**
 * The child process of `platform.ts`: runs the Worker as it is told over IPC and reports back.
 *
 * @module
 */
import { rm } from 'node:fs/promises'
import {
  type LogLine,
  type RunningPlatform,
  type RunPlatformOptions,
  runPlatform,
} from '../../src/cli/platform-process.ts'

export type ChildOptions = Omit<RunPlatformOptions, 'onLog' | 'signal'> & {
  /** Removed here if the parent can no longer do it. */
  scratchDir: string
}

export type ParentMessage = { type: 'start'; options: ChildOptions } | { type: 'stop' }

export type ChildMessage =
  | { type: 'started'; ports: number[] }
  | { type: 'refused'; message: string }
  | { type: 'log'; line: LogLine }

let platform: RunningPlatform | undefined
let scratchDir: string | undefined

function send(message: ChildMessage): void {
  if (process.connected) process.send?.(message)
}

async function start(options: ChildOptions): Promise<void> {
  scratchDir = options.scratchDir
  try {
    platform = await runPlatform({ ...options, onLog: (line) => send({ type: 'log', line }) })
    send({ type: 'started', ports: platform.ports })
  } catch (error) {
    const { name, message, stack } = error as Error
    send({ type: 'refused', message: name === 'CliError' ? message : (stack ?? message) })
    process.disconnect()
  }
}

async function stop(): Promise<void> {
  await platform?.stop()
  process.exit(0)
}

async function abandon(): Promise<void> {
  await platform?.stop()
  if (scratchDir) await rm(scratchDir, { recursive: true, force: true })
  process.exit(0)
}

process.on('message', (message: ParentMessage) => {
  void (message.type === 'start' ? start(message.options) : stop())
})
// The test process is gone, however that came about: do not outlive it.
process.on('disconnect', () => void abandon())
