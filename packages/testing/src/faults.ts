import { setTimeout as sleep } from 'node:timers/promises'
import { InfrakitError } from '@infrakit/spi'

export interface FaultOptions {
  /** How many calls it befalls; all that come when absent. */
  readonly times?: number
}

/** What may go wrong with the calls of a plugin in memory. Later words come before earlier ones. */
export interface Faults {
  /** Calls of a method are refused. */
  fail(method: string, options?: FaultOptions & { readonly error?: Error }): void
  /** They take so long (ms) before anything happens. */
  delay(method: string, ms: number, options?: FaultOptions): void
  /** They stay unanswered, and nothing happens, until they are released. */
  hang(method: string, options?: FaultOptions): { release(): void }
  /** From now on all goes well; what hangs is released. */
  heal(): void
}

interface Fault {
  readonly method: string
  left: number
  readonly befall: () => void | Promise<void>
}

/**
 * Makes a plugin in memory fail, dawdle or hang:
 *
 *     const faults = faultsOf(instance)
 *     faults.fail('provision', { times: 2 })
 */
export function faultsOf(plugin: { before: (method: string, request: unknown) => void | Promise<void> }): Faults {
  let faults: Fault[] = []
  const releases = new Set<() => void>()
  plugin.before = async (method) => {
    const fault = faults.find((one) => one.method === method && one.left > 0)
    if (!fault) return
    fault.left--
    await fault.befall()
  }
  function add(method: string, { times = Infinity }: FaultOptions, befall: Fault['befall']): void {
    faults = [{ method, left: times, befall }, ...faults]
  }
  return {
    fail(method, options = {}) {
      const error = options.error ?? new InfrakitError('plugin-failed', `${method} fails, as the test wants it`)
      add(method, options, () => {
        throw error
      })
    },
    delay: (method, ms, options = {}) => add(method, options, () => sleep(ms)),
    hang(method, options = {}) {
      let release: () => void = () => undefined
      const released = new Promise<void>((resolve) => (release = resolve))
      releases.add(release)
      add(method, options, () => released)
      return { release }
    },
    heal() {
      faults = []
      for (const release of releases) release()
    },
  }
}
