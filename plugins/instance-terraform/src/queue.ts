/**
 * Collects work while a batch is being done, and does all of it in the next: the first to come does not wait for others,
 * and those who come meanwhile share what one run costs. At most one piece of work for each key is in a batch.
 */
export interface Queue<T extends { readonly key: string }> {
  /** Resolves or rejects as `settle` says. */
  add(work: T): Promise<void>
  /** Does something between two batches. */
  between<R>(work: () => Promise<R>): Promise<R>
  /** Whether nothing is being done. */
  isIdle(): boolean
  /** Waits for what is being done, and does nothing more. */
  close(): Promise<void>
}

/** How each piece of a batch ended: `undefined` for well. */
export type Outcomes<T> = ReadonlyMap<T, Error | undefined>

interface Waiting<T> {
  readonly work: T
  readonly settle: (error: Error | undefined) => void
}

export function createQueue<T extends { readonly key: string }>(
  doBatch: (batch: readonly T[]) => Promise<Outcomes<T>>,
): Queue<T> {
  let waiting: Waiting<T>[] = []
  const errands: (() => Promise<void>)[] = []
  let running: Promise<void> | undefined
  let closed = false

  function next(): Waiting<T>[] {
    const keys = new Set<string>()
    const batch: Waiting<T>[] = []
    const later: Waiting<T>[] = []
    for (const one of waiting) {
      const list = keys.has(one.work.key) ? later : batch
      list.push(one)
      keys.add(one.work.key)
    }
    waiting = later
    return batch
  }

  async function round(): Promise<void> {
    for (const errand of errands.splice(0)) await errand()
    const batch = next()
    if (batch.length === 0) return
    try {
      const outcomes = await doBatch(batch.map(({ work }) => work))
      for (const { work, settle } of batch) settle(outcomes.get(work))
    } catch (error) {
      for (const { settle } of batch) settle(error instanceof Error ? error : new Error(String(error)))
    }
  }

  async function rounds(): Promise<void> {
    // Callers of the same turn belong together.
    await Promise.resolve()
    while (!closed && (waiting.length > 0 || errands.length > 0)) await round()
  }

  function wake(): void {
    running ??= rounds().finally(() => {
      running = undefined
      if (!closed && (waiting.length > 0 || errands.length > 0)) wake()
    })
  }

  return {
    add: (work) =>
      new Promise((resolve, reject) => {
        waiting.push({ work, settle: (error) => (error ? reject(error) : resolve()) })
        wake()
      }),
    between: (work) =>
      new Promise((resolve, reject) => {
        errands.push(() => work().then(resolve, reject))
        wake()
      }),
    isIdle: () => running === undefined,
    async close() {
      closed = true
      await running
    },
  }
}
