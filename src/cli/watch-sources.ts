import { once } from 'node:events'
import { type FSWatcher, watch } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** A save may be several events, a checkout hundreds; nobody notices this long a wait. */
const SETTLE_MS = 100

export interface WatchedPlaces {
  /** Watched with everything below them. */
  trees: string[]
  /** Watched for the files right inside. */
  folders: string[]
}

/**
 * Yields whenever something may have changed and things have been quiet for a moment, the first time
 * once it watches; until the signal. What changed, if anything did, is for the caller to find out: events are repeated and
 * reported under other names, differently on every system.
 *
 * Each folder has a watcher of its own. Node's recursive ones on Linux follow single files, and
 * lose one that an editor saves by renaming another over it.
 */
export async function* changesIn(
  { trees, folders }: WatchedPlaces,
  signal: AbortSignal,
): AsyncGenerator<void, void, undefined> {
  const waker = new EventTarget()
  // What happened before anything was watched goes unnoticed otherwise.
  let isDirty = true
  const touched = () => {
    isDirty = true
    waker.dispatchEvent(new Event('change'))
  }
  const watchers = new Map<string, FSWatcher>()
  /** Before the caller looks at files, so that what comes to be in a new folder is not missed. */
  const followFolders = async () => {
    const wanted = new Set([...folders, ...(await Promise.all(trees.map(foldersOf))).flat()])
    for (const [path, watcher] of watchers) {
      if (wanted.has(path)) continue
      watcher.close()
      watchers.delete(path)
    }
    for (const path of wanted) {
      if (watchers.has(path)) continue
      const watcher = watchFolder(path, touched)
      if (watcher) watchers.set(path, watcher)
    }
  }
  try {
    await followFolders()
    while (!signal.aborted) {
      if (!isDirty) await once(waker, 'change', { signal })
      while (isDirty) {
        isDirty = false
        await delay(SETTLE_MS, undefined, { signal })
      }
      await followFolders()
      yield
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    for (const watcher of watchers.values()) watcher.close()
  }
}

function watchFolder(path: string, touched: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(path, touched)
    // The folder is being removed: the one above it says so too.
    return watcher.on('error', touched)
  } catch (error) {
    return ignoreMissing(error as NodeJS.ErrnoException)
  }
}

/** A folder and all below it; none where it does not exist. */
async function foldersOf(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(ignoreMissing)
  if (!entries) return []
  const below = entries.filter((entry) => entry.isDirectory())
  return [path, ...(await Promise.all(below.map(({ name }) => foldersOf(join(path, name))))).flat()]
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
