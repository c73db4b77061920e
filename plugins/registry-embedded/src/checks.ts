import { setTimeout as sleep } from 'node:timers/promises'
import type { ServiceEntry, ServiceHealth } from '@infrakit/spi'
import { createLimit } from '@infrakit/store'
import { checkOf } from './catalogue.js'
import { probe } from './probe.js'

/** Told of each look at a service, and by which check. */
export type Report = (ID: string, check: string, health: ServiceHealth) => void

interface Round {
  readonly check: string
  readonly ends: AbortController
}

const defaultIntervalSeconds = 10
const looksAtOnce = 64

/** Looks at services at intervals, each for as long as it has the same check. */
export class Checks {
  readonly #rounds = new Map<string, Round>()
  readonly #limited = createLimit(looksAtOnce)
  #stopped = false

  constructor(private readonly report: Report) {}

  /** A service was entered, or replaced. */
  follow(service: ServiceEntry): void {
    if (this.#stopped) return
    const check = checkOf(service)
    if (this.#rounds.get(service.ID)?.check === check) return
    this.forget(service.ID)
    if (!service.Check?.HTTP && !service.Check?.TCP) return
    const ends = new AbortController()
    this.#rounds.set(service.ID, { check, ends })
    void this.#look(service, check, ends.signal)
  }

  forget(ID: string): void {
    this.#rounds.get(ID)?.ends.abort()
    this.#rounds.delete(ID)
  }

  /** For good: what is entered from now on is not looked at. */
  stop(): void {
    this.#stopped = true
    for (const ID of [...this.#rounds.keys()]) this.forget(ID)
  }

  async #look({ ID, Check }: ServiceEntry, check: string, signal: AbortSignal): Promise<void> {
    const pause = (Check?.IntervalSeconds ?? defaultIntervalSeconds) * 1000
    while (Check && !signal.aborted) {
      const well = await this.#limited(() => probe(Check, signal))
      if (signal.aborted) return
      this.report(ID, check, well ? 'passing' : 'critical')
      await sleep(pause, undefined, { signal }).catch(() => undefined)
    }
  }
}
