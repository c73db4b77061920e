import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf, type Lease, type Registry } from '@infrakit/spi'
import { rejection } from '@infrakit/testing'

/** For how long somebody believed to hold a lease, by one clock for all (ms). */
export interface Belief {
  readonly owner: string
  readonly epoch: number
  /** When he was told. */
  readonly from: number
  /** When he stopped: his term was over, or he gave it up. */
  until: number
}

/** Beliefs that contradict each other: two at once, or a later one with a smaller epoch. */
export function contradictions(beliefs: readonly Belief[]): string[] {
  const inOrder = [...beliefs].sort((a, b) => a.from - b.from)
  return inOrder.flatMap((one, index) => {
    const before = inOrder[index - 1]
    if (!before || (before.until <= one.from && before.epoch < one.epoch)) return []
    return [`${before.owner} (${before.epoch}) until ${before.until}, ${one.owner} (${one.epoch}) from ${one.from}`]
  })
}

/** Writes keys, each with what it was told of it. */
export class Writer {
  readonly acknowledged = new Map<string, number>()
  /** What the last write that was not acknowledged was told. */
  refused = ''
  refusals = 0
  #count = 0

  constructor(
    private readonly registry: Registry,
    private readonly name: string,
  ) {}

  async write(): Promise<boolean> {
    const Key = `log/${this.name}/${++this.#count}`
    try {
      const { Version } = await this.registry.put({ Key, Value: Key, IfVersion: 0 })
      this.acknowledged.set(Key, Version)
      return true
    } catch (error) {
      this.refused = messageOf(error)
      this.refusals++
      return false
    }
  }
}

/** Tries to hold a lease for as long as it is renewed, and writes on its behalf. */
export class Contender {
  readonly beliefs: Belief[] = []
  /** Versions of writes on behalf of an epoch. */
  readonly guarded: { readonly version: number; readonly epoch: number }[] = []

  constructor(
    private readonly registry: Registry,
    private readonly owner: string,
  ) {}

  async compete(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const lease = await this.#acquire()
      if (lease) await this.#hold(lease, signal)
      await sleep(50)
    }
  }

  #acquire(): Promise<Lease | undefined> {
    return this.registry.acquire({ Name: 'leader', Owner: this.owner, TTLSeconds: 10 }).then(
      ({ Lease }) => Lease,
      () => undefined,
    )
  }

  async #hold({ Name, Epoch, TTLSeconds }: Lease, signal: AbortSignal): Promise<void> {
    const from = performance.now()
    const belief: Belief = { owner: this.owner, epoch: Epoch, from, until: from + TTLSeconds * 1000 }
    this.beliefs.push(belief)
    for (let turn = 0; performance.now() < belief.until; turn++) {
      const Key = 'guarded'
      const put = this.registry.put({ Key, Value: `${Epoch}`, Lease: { Name, Epoch } })
      await put.then(
        ({ Version }) => this.guarded.push({ version: Version, epoch: Epoch }),
        () => undefined,
      )
      if (signal.aborted || turn === 30) {
        belief.until = Math.min(belief.until, performance.now())
        return void (await rejection(this.registry.release({ Name, Epoch })))
      }
      const asked = performance.now()
      const renewed = await this.registry.renew({ Name, Epoch }).then(
        () => true,
        () => false,
      )
      if (renewed) belief.until = asked + TTLSeconds * 1000
      await sleep(100)
    }
  }
}

/** Has a look at a key whenever it is told of it, at all of them when told of none, and for no other reason. */
export class Watcher {
  readonly #seen = new Map<string, string>()
  #looking: Promise<unknown> = Promise.resolve()

  constructor(private readonly registry: Registry) {}

  told(key: string): void {
    this.#looking = this.#looking.then(() => this.#look(key))
  }

  /** What it has not seen as it is. */
  async missed(entries: readonly { Key: string; Value: string }[]): Promise<string[]> {
    await this.#looking
    return entries.filter(({ Key, Value }) => this.#seen.get(Key) !== Value).map(({ Key }) => Key)
  }

  async #look(Key: string): Promise<void> {
    const all = () => this.registry.list({ Prefix: '' }).then(({ Entries }) => Entries)
    const one = () => this.registry.get({ Key }).then(({ Entry }) => (Entry ? [Entry] : undefined))
    const found = await (Key === '' ? all() : one()).catch(() => undefined)
    for (const entry of found ?? []) this.#seen.set(entry.Key, entry.Value)
    if (!found) setTimeout(() => this.told(Key), 200).unref()
  }
}
