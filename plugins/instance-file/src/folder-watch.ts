import { watch, type FSWatcher } from 'node:fs'
import { basename, resolve } from 'node:path'
import { reliableHintsIn } from './reliable-hints.js'

export interface FolderWatch {
  /** Asks for a look at all of the folder in so many milliseconds; an earlier one that is due counts for it. */
  lookIn(ms: number): void
  /** Somebody has just looked at all of the folder: what is due because of earlier hints is done. */
  looked(): void
  /**
   * Waits until what has happened to files up to now is told. Answers whether that is sure to be everything since the
   * last look at all of the folder; if not, only a look says.
   */
  toldAll(): Promise<boolean>
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
/** As long as nothing can have been missed, the look after a hint only proves that. */
const proofMs = 1000
const resyncMs = 30_000
const retryMs = 1000

/**
 * Watches a folder. What the system reports is a hint: its queue overflows silently, and of a folder that was removed
 * nothing is heard any more, even when it is there again. So every hint is followed by a look at all of the folder, and
 * every 30 seconds the folder is watched afresh and looked at. Keeps no process alive.
 *
 * A queue that overflowed was full, and all that was in it is told first. So after few hints nothing can be missing.
 */
export function watchFolder(dir: string, on: WatchListener): FolderWatch {
  const self = basename(resolve(dir))
  let watcher: FSWatcher | undefined
  let resync: NodeJS.Timeout | undefined
  let due: { at: number; timer: NodeJS.Timeout } | undefined
  let lookTook = 0
  /** Hints since the last look at all of the folder; without end while nothing can be told from hints. */
  let hints = Infinity
  const reliableHints = reliableHintsIn(dir)
  let closed = false

  function arm(): void {
    watcher?.close()
    watcher = undefined
    hints = Infinity
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
    hints = Infinity
    on.unwatched(error)
    scheduleResync()
  }

  function hint(name: string | null): void {
    if (closed) return
    // Named after itself: the folder was removed, moved or changed its rights, and this watcher may be dead.
    if (name === null || name === self) afresh()
    else on.touched(name)
    hints++
    // Looks at a very large folder take a tenth of the time at most.
    lookIn(Math.max(isReliable() ? proofMs : debounceMs, 10 * lookTook))
  }

  function isReliable(): boolean {
    return watcher !== undefined && hints < reliableHints
  }

  async function toldAll(): Promise<boolean> {
    // Between two turns everything that has come in is read, and what the system has to report with it.
    for (let turns = 0; turns < 2; turns++) await new Promise((resolve) => setImmediate(resolve))
    return isReliable()
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
    if (watcher) hints = 0
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
  return { lookIn, looked, toldAll, close }
}
