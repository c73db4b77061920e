import { healthOf, type HealthyResult, type InstanceDescription } from '@infrakit/spi'
import { count, freshCounters } from './counters.js'
import type { Finding } from './finding.js'
import type { HealthSettings } from './health-properties.js'
import { answer } from './reason.js'

/** What an instance plugin says of an instance's health, as a finding. Pure. */
export function reportOf(description: InstanceDescription): Finding {
  const reported = healthOf(description)
  if (!reported) return { outcome: 'unclear', what: 'its plugin says nothing of it' }
  const what = reported.reason === undefined ? reported.health : `${reported.health} (${reported.reason})`
  if (reported.health === 'starting') return { outcome: 'unclear', what }
  return { outcome: reported.health === 'healthy' ? 'good' : 'bad', what }
}

/** Counts what the instance plugin reports, one result for each question. */
export class ReportedHealth {
  #counters = freshCounters(performance.now())
  #askedAt = performance.now()

  constructor(private readonly settings: HealthSettings) {}

  get askedAt(): number {
    return this.#askedAt
  }

  async ask(description: InstanceDescription): Promise<HealthyResult> {
    const now = performance.now()
    this.#askedAt = now
    const finding = reportOf(description)
    this.#counters = count(this.#counters, finding.outcome, this.settings, now)
    return answer("the instance's own health", finding, this.#counters, this.settings, now)
  }

  stop(): void {
    // Nothing runs.
  }
}
