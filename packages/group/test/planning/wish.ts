import type { Desired } from '../../src/situation.js'
import { identitiesOf, type Disturbance } from './disturbances.js'

/** What is asked for after somebody has asked for something else. */
export function wish(before: Desired, disturbance: Disturbance): Desired {
  const { logicalIDs, ...desired } = before
  const pets = logicalIDs ? { logicalIDs } : {}
  switch (disturbance.kind) {
    case 'resize':
      return { ...desired, size: disturbance.size }
    case 'pets': {
      const ids = identitiesOf(disturbance.bits)
      if (ids.length === 0) return before
      return { ...desired, size: ids.length, logicalIDs: ids, maxUnavailable: Math.max(1, desired.maxUnavailable) }
    }
    case 'limits': {
      const { maxSurge } = disturbance
      const fewest = maxSurge > 0 && !logicalIDs ? 0 : 1
      return { ...desired, ...pets, maxSurge, maxUnavailable: Math.max(fewest, disturbance.maxUnavailable) }
    }
    case 'parked':
    case 'halted':
    case 'drain':
      return { ...desired, ...pets, [disturbance.kind]: disturbance.on }
    case 'destroy':
      return { ...desired, ...pets, destroying: true }
    case 'commit':
      return { ...desired, ...pets, halted: false }
    default:
      return before
  }
}
