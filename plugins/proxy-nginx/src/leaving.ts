import type { Identity, ProcessTable } from '@infrakit/programs'
import type { Flight } from './nginx.js'
import { serverKey } from './prepared.js'
import { removeFolder } from './nginx-folder.js'

/** Workers that take nothing new any more, and end with what they have. Nobody can ask them. */
export interface Leaving {
  add(leaver: Leaver): void
  /** At most so much is under way at a server there. */
  inFlight(route: string, server: string): number
  /** Cuts whatever is under way at workers that may have something of a server. @returns how much that was at most */
  cut(route: string, server: string): number
  /** Forgets those that have ended, and removes their folders. */
  sweep(): Promise<void>
}

export interface Leaver {
  readonly folder: string
  readonly workers: readonly Identity[]
  /** Has to have ended as well before the folder can go. */
  readonly master?: Identity
  /** What was last known to be under way; it only gets less. */
  readonly flights: readonly Flight[]
  /** Servers that it may have something of, by `serverKey`; absent: nobody knows. */
  readonly servers?: ReadonlySet<string>
}

export function createLeaving(table: ProcessTable): Leaving {
  let leavers: Leaver[] = []

  /** Between the last look and the end of taking new ones another may have come: who lives counts for one at least. */
  function counts(route: string, server: string): { worker: Identity; count: number }[] {
    const key = serverKey(route, server)
    return leavers
      .filter(({ servers }) => servers?.has(key) ?? true)
      .flatMap(({ workers, flights }) =>
        workers
          .filter((one) => table.lives(one))
          .map((worker) => {
            const known = flights.find((flight) => flight.pid === worker.Pid && flight.server === key)
            return { worker, count: known?.count ?? 1 }
          }),
      )
  }

  return {
    add: (leaver) => void leavers.push(leaver),
    inFlight: (route, server) => counts(route, server).reduce((sum, { count }) => sum + count, 0),
    cut(route, server) {
      const all = counts(route, server)
      for (const { worker } of all) table.signal(worker, 'SIGTERM')
      return all.reduce((sum, { count }) => sum + count, 0)
    },
    async sweep() {
      const gone = leavers.filter(
        ({ workers, master }) => ![...workers, ...(master ? [master] : [])].some((one) => table.lives(one)),
      )
      leavers = leavers.filter((one) => !gone.includes(one))
      await Promise.all(gone.map(({ folder }) => removeFolder(folder)))
    },
  }
}
