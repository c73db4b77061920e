import { watch, type FSWatcher } from 'node:fs'
import { basename, resolve } from 'node:path'

export interface FolderWatch {
  /** Asks for a look at all of the folder in so many milliseconds; an earlier one that is due counts for it. */
  lookIn(ms: number): void
  /** Somebody has just looked at all of the folder: what is due because of earlier hints is done. */
  looked(): void
  close(): void
}

export interface WatchListener {
  /** Something happened to the file of this name. */
  touched(name: string): void
  /** All of the folder should be looked at. */
  look(): void
  /** The folder cannot be watched now; it is looked at every second instead. */
  unwatched(error: unknown): void
}

const debounceMs = 100
const resyncMs = 30_000
const retryMs = 1000

/**
 * Watches a folder. What the system reports is a hint: its queue overflows silently, and of a folder that was removed
 * nothing is heard any more, even when it is there again. So every hint is followed by a look at all of the folder, and
 * every 30 seconds the folder is watched afresh and looked at. Keeps no process alive.
 */
export function watchFolder(dir: string, on: WatchListener): FolderWatch {
  const self = basename(resolve(dir))
  let watcher: FSWatcher | undefined
  let resync: NodeJS.Timeout | undefined
  let due: { at: number; timer: NodeJS.Timeout } | undefined
  let lookTook = 0
  let closed = false

  function arm(): void {
    watcher?.close()
    watcher = undefined
    try {
      const made = watch(dir, { persistent: false }, (_, name) => hint(name))
      made.on('error', disarm)
      watcher = made
    } catch (error) {
      on.unwatched(error)
    }
  }

  function disarm(error: unknown): void {
    watcher?.close()
    watcher = undefined
    on.unwatched(error)
    scheduleResync()
  }

  function hint(name: string | null): void {
    if (closed) return
    // Named after itself: the folder was removed, moved or changed its rights, and this watcher may be dead.
    if (name === null || name === self) afresh()
    else on.touched(name)
    // Looks at a very large folder take a tenth of the time at most.
    lookIn(Math.max(debounceMs, 10 * lookTook))
  }

  function afresh(): void {
    arm()
    scheduleResync()
  }

  function scheduleResync(): void {
    clearTimeout(resync)
    if (closed) return
    resync = setTimeout(
      () => {
        afresh()
        look()
      },
      watcher ? resyncMs : retryMs,
    ).unref()
  }

  function look(): void {
    const began = performance.now()
    on.look()
    lookTook = performance.now() - began
  }

  function lookIn(ms: number): void {
    const at = performance.now() + ms
    if (closed || (due && due.at <= at)) return
    clearTimeout(due?.timer)
    const timer = setTimeout(() => {
      due = undefined
      look()
    }, ms).unref()
    due = { at, timer }
  }

  function looked(): void {
    clearTimeout(due?.timer)
    due = undefined
  }

  function close(): void {
    closed = true
    watcher?.close()
    clearTimeout(resync)
    looked()
  }

  afresh()
  return { lookIn, looked, close }
}
