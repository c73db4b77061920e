import type { ConsulClient } from './client.js'
import { ConsulFailure } from './failure.js'

/** Agents of one Consul, of which one is asked until it does not answer any more. */
export interface Cluster {
  /** Asks until an agent answers, each of them once at most. Throws `ConsulFailure`. */
  read<T>(call: (client: ConsulClient) => Promise<T>): Promise<T>
  /** As `read`, but asks another agent only when it is certain that nothing was changed. */
  change<T>(call: (client: ConsulClient) => Promise<T>): Promise<T>
  /** Who is asked next, and a signal for when somebody else is. */
  current(): { readonly client: ConsulClient; readonly left: AbortSignal }
  readonly all: readonly ConsulClient[]
  /** An agent did not answer: from now on the next one is asked. */
  leave(client: ConsulClient): void
  close(): void
}

export interface ClusterLog {
  warn(fields: object, message: string): void
}

export function createCluster(all: readonly [ConsulClient, ...ConsulClient[]], log: ClusterLog): Cluster {
  let place = 0
  let leaving = new AbortController()

  function client(): ConsulClient {
    return all[place] ?? all[0]
  }

  function leave(left: ConsulClient): void {
    if (all.length === 1 || client() !== left) return
    place = (place + 1) % all.length
    log.warn({ from: left.address, to: client().address }, 'a Consul agent does not answer, asking another one')
    leaving.abort()
    leaving = new AbortController()
  }

  async function ask<T>(
    call: (client: ConsulClient) => Promise<T>,
    goesOn: (failure: ConsulFailure) => boolean,
  ): Promise<T> {
    const asked = new Set<ConsulClient>()
    for (;;) {
      const one = asked.has(client()) ? all.find((other) => !asked.has(other)) : client()
      if (!one) throw new Error('no agent is left to be asked')
      asked.add(one)
      try {
        return await call(one)
      } catch (error) {
        if (!(error instanceof ConsulFailure) || !error.elsewhere) throw error
        leave(one)
        if (asked.size === all.length || !goesOn(error)) throw error
      }
    }
  }

  return {
    all,
    read: (call) => ask(call, () => true),
    change: (call) => ask(call, ({ undone }) => undone),
    current: () => ({ client: client(), left: leaving.signal }),
    leave,
    close() {
      for (const one of all) one.close()
    },
  }
}
