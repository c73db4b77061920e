import { formatDuration, health, type HealthyResult } from '@infrakit/spi'
import { isStarting, type Counters } from './counters.js'
import type { Finding } from './finding.js'
import type { HealthSettings } from './health-properties.js'

function howOften(counters: Counters, settings: HealthSettings, now: number): string {
  const { good, bad, verdict } = counters
  const { healthyThreshold, unhealthyThreshold, startPeriodMs } = settings
  if (good > 0) return `${good} of ${healthyThreshold} good results that make it healthy`
  if (bad === 0 && isStarting(counters, settings, now)) {
    return `within its start period of ${formatDuration(startPeriodMs)}`
  }
  if (bad === 0) return ''
  if (verdict === health.unhealthy) return `${bad} bad results in a row`
  return `${bad} of ${unhealthyThreshold} bad results that make it unhealthy`
}

/**
 * What a flavor answers: the verdict, and unless it is healthy what was probed, what came back and how often. A healthy
 * one has no reason: whoever asks looks again when a reason changes.
 */
export function answer(
  target: string,
  last: Finding | undefined,
  counters: Counters,
  settings: HealthSettings,
  now: number,
): HealthyResult {
  if (counters.verdict === health.healthy) return { Health: health.healthy }
  if (!last) return { Health: counters.verdict, Reason: `${target}: not probed yet` }
  const often = howOften(counters, settings, now)
  return { Health: counters.verdict, Reason: `${target}: ${last.what}${often && `; ${often}`}` }
}
