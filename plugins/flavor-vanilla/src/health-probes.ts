import { health, tag, type HealthyResult, type InstanceDescription } from '@infrakit/spi'
import type { HealthSettings } from './health-properties.js'
import { newAgents, type Agents } from './probe-http.js'
import { Prober } from './prober.js'
import { ReportedHealth } from './reported.js'

export interface HealthProbesOptions {
  /** Draws from [0, 1). Default `Math.random`. */
  readonly random?: () => number
  /** Who has not been asked about for so long (ms), or for three intervals, is not probed. Default 60 s. */
  readonly restMs?: number
  /** Called when an instance's verdict has become another between two questions. */
  readonly changed?: (instance: InstanceDescription) => void
}

/** What nobody has asked about for so long (ms) is forgotten. */
const forgetMs = 3_600_000

/** A group's instance: IDs are unique within one instance plugin only. */
function subjectOf({ ID, Tags }: InstanceDescription): string {
  return JSON.stringify([Tags?.[tag.group] ?? '', ID])
}

/** The health of all instances, each probed by itself. What is counted is kept in memory only. */
export class HealthProbes {
  /** By subject, and below that by settings: one instance may be looked at in several ways. */
  readonly #watched = new Map<string, Map<string, Prober | ReportedHealth>>()
  readonly #paused = new Set<string>()
  readonly #agents: Agents = newAgents()
  readonly #random: () => number
  readonly #restMs: number
  readonly #changed: (instance: InstanceDescription) => void
  #sweptAt = performance.now()

  constructor({ random = Math.random, restMs = 60_000, changed = () => undefined }: HealthProbesOptions = {}) {
    this.#random = random
    this.#restMs = restMs
    this.#changed = changed
  }

  /** How many are watched. */
  get size(): number {
    return this.#watched.size
  }

  ask(description: InstanceDescription, settings: HealthSettings): Promise<HealthyResult> {
    this.#sweep()
    const subject = subjectOf(description)
    if (this.#paused.has(subject)) {
      return Promise.resolve({ Health: health.unknown, Reason: 'it is being drained, and not probed' })
    }
    const ways = this.#watched.get(subject) ?? new Map<string, Prober | ReportedHealth>()
    this.#watched.set(subject, ways)
    const way = JSON.stringify(settings)
    const watcher = ways.get(way) ?? this.#newWatcher(settings, description)
    ways.set(way, watcher)
    return watcher.ask(description)
  }

  /** Ends the probes of an instance, forgets what was counted, and does not probe it before `work` has ended. */
  async without(description: InstanceDescription, work: () => Promise<void>): Promise<void> {
    const subject = subjectOf(description)
    this.#drop(subject)
    this.#paused.add(subject)
    try {
      await work()
    } finally {
      this.#paused.delete(subject)
    }
  }

  stop(): void {
    for (const subject of [...this.#watched.keys()]) this.#drop(subject)
  }

  #newWatcher(settings: HealthSettings, { ID, Tags }: InstanceDescription): Prober | ReportedHealth {
    const { target } = settings
    if (target.kind === 'Instance') return new ReportedHealth(settings)
    const changed = () => this.#changed({ ID, Tags })
    return new Prober({ target, settings, agents: this.#agents, random: this.#random, restMs: this.#restMs, changed })
  }

  #drop(subject: string): void {
    for (const watcher of this.#watched.get(subject)?.values() ?? []) watcher.stop()
    this.#watched.delete(subject)
  }

  #sweep(): void {
    const now = performance.now()
    if (now - this.#sweptAt < forgetMs) return
    this.#sweptAt = now
    for (const [subject, ways] of this.#watched) {
      for (const [way, watcher] of ways) if (now - watcher.askedAt > forgetMs) ways.delete(way)
      if (ways.size === 0) this.#watched.delete(subject)
    }
  }
}
