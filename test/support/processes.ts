import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'

/** A live process. Zombies, which wait for a parent that may never ask, are not listed. */
export interface ProcessEntry {
  pid: number
  groupId: number
  command: string
}

/** The live processes of a process group. */
export async function processesInGroup(groupId: number): Promise<ProcessEntry[]> {
  return (await allProcesses()).filter((entry) => entry.groupId === groupId)
}

/** Resolves once a process group has no live process left; rejects after the deadline. */
export async function groupGone(groupId: number, deadlineMs = 5_000): Promise<void> {
  const deadline = Date.now() + deadlineMs
  for (;;) {
    const left = await processesInGroup(groupId)
    if (left.length === 0) return
    if (Date.now() > deadline) {
      const names = left.map(({ pid, command }) => `${pid} ${command}`).join(', ')
      throw new Error(`still running ${deadlineMs} ms after they were ended: ${names}`)
    }
    await delay(10) // nothing announces the end of a grandchild
  }
}

/** Memory of the workerd that serves a platform, in MiB; only Linux tells. */
export async function residentMiB(platform: {
  processes(): Promise<ProcessEntry[]>
}): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined
  const processes = await platform.processes()
  const sizes = await Promise.all(
    processes
      .filter(({ command }) => command.startsWith('workerd'))
      .map(async ({ pid }) => {
        const status = await readFile(`/proc/${pid}/status`, 'utf8')
        return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024
      }),
  )
  return Math.max(...sizes)
}

/** Sends a signal to a process group; one that is gone already is what was wanted. */
export function signalGroup(groupId: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-groupId, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function allProcesses(): Promise<ProcessEntry[]> {
  return process.platform === 'linux' ? await fromProcfs() : await fromPs()
}

async function fromProcfs(): Promise<ProcessEntry[]> {
  const entries: ProcessEntry[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    // Gone since the listing, or not ours to read: not ours to count either.
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')
    // "pid (command) state parent group …"; a command may hold spaces and parentheses.
    const match = /^\d+ \((.*)\) (\S) \d+ (\d+) /s.exec(stat)
    if (!match || match[2] === 'Z' || match[2] === 'X') continue
    entries.push({ pid: Number(name), groupId: Number(match[3]), command: match[1] ?? '' })
  }
  return entries
}

async function fromPs(): Promise<ProcessEntry[]> {
  const columns = ['-A', '-o', 'pid=', '-o', 'pgid=', '-o', 'stat=', '-o', 'comm=']
  const { stdout } = await promisify(execFile)('ps', columns)
  return stdout.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line)
    if (!match || match[3]?.startsWith('Z')) return []
    return [{ pid: Number(match[1]), groupId: Number(match[2]), command: match[4] ?? '' }]
  })
}
