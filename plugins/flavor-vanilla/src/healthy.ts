import { health, type FlavorInstanceRequest, type HealthyResult } from '@infrakit/spi'
import type { HealthProbes } from './health-probes.js'
import type { HealthSettings } from './health-properties.js'

/** Judges an instance. Where nothing is to be probed, whatever the instance plugin reports as running is healthy. */
export async function judge(
  { Instance }: FlavorInstanceRequest,
  settings: HealthSettings | undefined,
  probes: HealthProbes,
): Promise<HealthyResult> {
  return settings ? probes.ask(Instance, settings) : { Health: health.healthy }
}
