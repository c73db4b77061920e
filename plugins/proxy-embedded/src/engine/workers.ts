import { InfrakitError, messageOf } from '@infrakit/spi'
import cluster from 'node:cluster'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Ask, Asks } from '../messages.js'
import { Worker, WorkerEnded, type Tells } from './worker.js'

export interface WorkersOptions {
  readonly count: number
  readonly log: { warn(fields: object, message: string): void; info(fields: object, message: string): void }
  /** Tells a worker that has just started all that the others know. */
  readonly teach: (worker: Worker) => Promise<void>
  readonly tell: (said: Tells, slot: number) => void
  /** A worker has ended, and with it what it knew of servers. */
  readonly forgot: (slot: number) => void
}

/** An ask that so many workers in a row did not survive is given up. */
const maxEnds = 3
const askMs = 20_000
const longestRestMs = 5000

/** The workers. One that ends is replaced; what it was asked is asked of its successor. */
export class Workers {
  /** Each resolves with the one that serves, once it has been taught. */
  readonly #slots: Promise<Worker>[] = []
  readonly #running = new Set<Worker>()
  #stopping = false

  private constructor(private readonly options: WorkersOptions) {}

  static async start(options: WorkersOptions): Promise<Workers> {
    cluster.setupPrimary({ exec: fileURLToPath(new URL('../worker/main.js', import.meta.url)), args: [], execArgv: [] })
    // Each worker takes connections for itself: they need not pass through this process.
    cluster.schedulingPolicy = cluster.SCHED_NONE
    const workers = new Workers(options)
    for (let slot = 0; slot < options.count; slot++) workers.#fill(slot, 0)
    await Promise.all(workers.#slots)
    return workers
  }

  /** Asks all of them, and answers when all have answered. Throws what one of them throws. */
  async askAll<K extends Ask>(ask: K, request: Asks[K]['request']): Promise<Asks[K]['answer'][]> {
    const late = new InfrakitError('timeout', `a worker of the proxy did not answer within ${askMs / 1000} s`, {
      hint: 'Look at the route again: it may have changed.',
    })
    const timer = new AbortController()
    const patience = sleep(askMs, undefined, { signal: timer.signal, ref: false }).then(
      () => Promise.reject(late),
      () => new Promise<never>(() => undefined),
    )
    try {
      const all = await Promise.race([
        patience,
        Promise.allSettled(this.#slots.map((_, slot) => this.#ask(slot, ask, request))),
      ])
      const failed = all.find((one) => one.status === 'rejected')
      if (failed) throw failed.reason
      return all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    } finally {
      timer.abort()
    }
  }

  get pids(): number[] {
    return [...this.#running].flatMap(({ pid }) => pid ?? [])
  }

  /** They finish what is under way, for so long, and end. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true
    await Promise.all(
      [...this.#running].map(async (worker) => {
        const patience = sleep(graceMs + 2000, undefined, { ref: false })
        await Promise.race([worker.ask('stop', { graceMs }), patience]).catch(() => undefined)
        worker.kill()
        await worker.ended
      }),
    )
  }

  async #ask<K extends Ask>(slot: number, ask: K, request: Asks[K]['request']): Promise<Asks[K]['answer']> {
    for (let ends = 0; ; ends++) {
      const worker = await this.#slots[slot]
      try {
        if (worker) return await worker.ask(ask, request)
      } catch (error) {
        if (!(error instanceof WorkerEnded) || this.#stopping) throw error
        if (ends >= maxEnds) throw unwell(error)
        // Its successor takes the slot in this turn.
        await nextTurn()
      }
    }
  }

  /** @param ends how many in a row ended before they could be asked */
  #fill(slot: number, ends: number): void {
    const { log, teach, tell, forgot } = this.options
    const worker = new Worker((said) => tell(said, slot))
    this.#running.add(worker)
    let served = false
    const taught = worker.ready
      .then(() => teach(worker))
      .then(() => {
        served = true
        return worker
      })
    this.#slots[slot] = taught
    taught.catch((error: unknown) => {
      if (!(error instanceof WorkerEnded)) log.warn({ error: messageOf(error) }, 'a worker could not take over all')
      worker.kill()
    })
    void worker.ended.then(async (how) => {
      this.#running.delete(worker)
      forgot(slot)
      if (this.#stopping) return
      log.warn({ worker: worker.pid, how }, 'a worker has ended; another one takes its place')
      if (served) return this.#fill(slot, 0)
      const rest = Math.min(longestRestMs, 50 * 2 ** ends)
      const later = sleep(rest).then(() => this.#stopping || this.#fill(slot, ends + 1))
      this.#slots[slot] = later.then(() => Promise.reject(unwell(new WorkerEnded(how))))
      this.#slots[slot].catch(() => undefined)
    })
  }
}

function unwell(cause: Error): InfrakitError {
  return new InfrakitError('unavailable', `the workers of the proxy end at once: ${cause.message}`, {
    hint: 'Its log says why.',
    cause,
  })
}
