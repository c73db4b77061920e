import { health, type Health } from '@infrakit/spi'
import type { Outcome } from './finding.js'
import type { HealthSettings } from './health-properties.js'

/** What the results so far add up to. */
export interface Counters {
  /** Good and bad results in a row; one of the two is 0. */
  readonly good: number
  readonly bad: number
  /** `unknown` until one of the thresholds is met for the first time. */
  readonly verdict: Health
  /** Since when it is looked at (monotonic ms). */
  readonly since: number
  /** It is over with the start period: a result was good. */
  readonly started: boolean
}

export function freshCounters(now: number): Counters {
  return { good: 0, bad: 0, verdict: health.unknown, since: now, started: false }
}

/** Whether bad results do not count yet. */
export function isStarting({ started, since }: Counters, { startPeriodMs }: HealthSettings, now: number): boolean {
  return !started && now - since < startPeriodMs
}

/** Counts one result. One that is unclear changes nothing: not being able to tell is no reason for anything. */
export function count(counters: Counters, outcome: Outcome, settings: HealthSettings, now: number): Counters {
  if (outcome === 'unclear') return counters
  if (outcome === 'good') {
    const good = counters.good + 1
    const verdict = good >= settings.healthyThreshold ? health.healthy : counters.verdict
    return { ...counters, good, bad: 0, verdict, started: true }
  }
  if (isStarting(counters, settings, now)) return counters
  const bad = counters.bad + 1
  const verdict = bad >= settings.unhealthyThreshold ? health.unhealthy : counters.verdict
  return { ...counters, good: 0, bad, verdict }
}
