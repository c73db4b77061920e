import { registryKeyPromises } from './registry-keys.js'
import { registryLeasePromises } from './registry-leases.js'
import { registryRacePromises } from './registry-races.js'
import { registryServicePromises } from './registry-services.js'
import { registryWatchPromises } from './registry-watch.js'
import type { PluginPromise } from './promise.js'

/** What a registry promises, in the order in which it is judged. */
export const registryPromises: readonly PluginPromise[] = [
  ...registryKeyPromises,
  ...registryRacePromises,
  ...registryWatchPromises,
  ...registryLeasePromises,
  ...registryServicePromises,
]
