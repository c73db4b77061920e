import { health, type FlavorInstanceRequest, type HealthyResult } from '@infrakit/spi'

/** Judges an instance. Nothing is probed: whatever the instance plugin reports as running is healthy. */
export function judge(_request: FlavorInstanceRequest): HealthyResult {
  return { Health: health.healthy }
}
