import { InfrakitError, type Fence, type FenceToken } from '@infrakit/spi'
import { openStore, type Store } from '@infrakit/store'

interface RunningCall {
  readonly epoch: number
  readonly ended: Promise<unknown>
}

/** Keeps the highest epoch seen of every scope, durably, and refuses calls of the past. */
export class FenceKeeper implements Fence {
  readonly #store: Store<number>
  readonly #highest: Map<string, number>
  readonly #running = new Map<string, Set<RunningCall>>()
  readonly #turns = new Map<string, Promise<void>>()

  private constructor(store: Store<number>, highest: Map<string, number>) {
    this.#store = store
    this.#highest = highest
  }

  /** Reads what is known from a folder. Throws `StoreError` rather than forget an epoch that cannot be read. */
  static async open(dir: string): Promise<FenceKeeper> {
    const store = await openStore(dir, { check: epochOf })
    const highest = new Map<string, number>()
    for (const scope of await store.keys()) highest.set(scope, (await store.read(scope)) ?? 0)
    return new FenceKeeper(store, highest)
  }

  /** See `Fence`. */
  async raise({ Scope, Epoch }: FenceToken): Promise<void> {
    await this.#remember(Scope, Epoch)
    const older = [...(this.#running.get(Scope) ?? [])].filter((call) => call.epoch < Epoch)
    await Promise.allSettled(older.map((call) => call.ended))
  }

  /** Does the work of a mutating call. One without a token is always done. @throws conflict for an epoch of the past */
  async run<T>(token: FenceToken | null | undefined, work: () => Promise<T>): Promise<T> {
    if (!token) return work()
    await this.#remember(token.Scope, token.Epoch)
    // Nothing may come between this look and the entry in the list that `raise` reads.
    this.#refusePast(token.Scope, token.Epoch)
    const ended = work()
    const call = { epoch: token.Epoch, ended }
    const calls = this.#running.get(token.Scope) ?? new Set()
    this.#running.set(token.Scope, calls.add(call))
    try {
      return await ended
    } finally {
      calls.delete(call)
      if (calls.size === 0 && this.#running.get(token.Scope) === calls) this.#running.delete(token.Scope)
    }
  }

  #refusePast(scope: string, epoch: number): void {
    const highest = this.#highest.get(scope)
    if (highest === undefined || epoch >= highest) return
    throw new InfrakitError('conflict', `epoch ${epoch} of '${scope}' is over; it is epoch ${highest} now`, {
      hint: 'Somebody else has taken over. Stop what you are doing, and look at the current state.',
    })
  }

  /** Written before it counts, one after the other, so that memory and file never disagree for long. */
  #remember(scope: string, epoch: number): Promise<void> {
    const write = async () => {
      this.#refusePast(scope, epoch)
      if (this.#highest.get(scope) === epoch) return
      await this.#store.write(scope, epoch)
      this.#highest.set(scope, epoch)
    }
    if (this.#highest.get(scope) === epoch && !this.#turns.has(scope)) return Promise.resolve()
    const turn = (this.#turns.get(scope) ?? Promise.resolve()).then(write, write)
    this.#turns.set(scope, turn)
    const forget = () => {
      if (this.#turns.get(scope) === turn) this.#turns.delete(scope)
    }
    turn.then(forget, forget)
    return turn
  }
}

function epochOf(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw new TypeError('expected an epoch, a whole number')
}
