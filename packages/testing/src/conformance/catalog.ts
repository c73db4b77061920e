import { abilityPromises } from './abilities.js'
import { flavorPromises } from './flavor.js'
import { groupPromises } from './group.js'
import { instancePromises } from './instance.js'
import { instanceChangePromises } from './instance-changes.js'
import type { PluginPromise } from './promise.js'
import { protocolPromises } from './protocol.js'
import { registryPromises } from './registry.js'
import { proxyPromises } from './proxy.js'
import { revisionsPromises } from './revisions.js'

/** Every promise of the contract, in the order in which they are judged. */
export const allPromises: readonly PluginPromise[] = [
  ...protocolPromises,
  ...instancePromises,
  ...instanceChangePromises,
  ...abilityPromises,
  ...flavorPromises,
  ...groupPromises,
  ...revisionsPromises,
  ...registryPromises,
  ...proxyPromises,
]
