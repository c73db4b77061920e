import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Teardown } from '@infrakit/testing'
import { soaked } from '../soak/soak.js'

export interface SwitchLoadOptions {
  readonly port: number
  /** So many that keep their connections, and as many that make one for every request. */
  readonly clients: number
}

/** What the clients did. */
export interface Clients {
  readonly answered: number
  /** In words. */
  readonly failures: readonly string[]
  /** Requests of the laziest client. */
  readonly fewest: number
}

export interface SwitchLoad {
  /** Answered or failed. */
  made(): number
  failed(): number
  /** From now on nobody may be answered by an older release. */
  expect(oldest: number): void
  /** Ends all clients after their request of the moment. */
  stop(): Promise<Clients>
}

/** What is shared with the clients: each a place in an array of numbers. */
export const shared = { oldest: 0, answered: 1, failed: 2, over: 3 } as const

export interface ClientsData extends SwitchLoadOptions {
  readonly numbers: Int32Array
  /** Between two requests of a client. */
  readonly pauseMs: number
}

/** Clients that never rest take the processor from all tests that run beside this one, which is for soaks. */
const pauseMs = soaked(20, 0)

/**
 * Clients that ask without end and hold every answer against what it has to be: who asks after a switch gets the new release.
 * They have a thread of their own, free of what a test's thread is watched with: that costs them a third of their speed.
 */
export function startSwitchLoad(t: Teardown, options: SwitchLoadOptions): SwitchLoad {
  const numbers = new Int32Array(new SharedArrayBuffer(16))
  const workerData: ClientsData = { ...options, numbers, pauseMs }
  const thread = new Worker(new URL('switch-clients.js', import.meta.url), { workerData })
  t.teardown(() => thread.terminate())
  const done = once(thread, 'message')
  done.catch(() => undefined)
  const read = (place: keyof typeof shared) => Atomics.load(numbers, shared[place])
  return {
    made: () => read('answered') + read('failed'),
    failed: () => read('failed'),
    expect: (oldest) => void Atomics.store(numbers, shared.oldest, oldest),
    async stop() {
      Atomics.store(numbers, shared.over, 1)
      const [found] = (await done) as [Clients]
      return found
    },
  }
}
