import type { Truth } from './simulation.js'

/** Where nothing goes wrong the bounds hold for what is there, not only for what is seen. */
export const boundsHold: Truth = ({ instances, sight: { desired } }) => {
  const alive = instances.filter(({ condition }) => condition !== 'failed').length
  if (alive > desired.size + desired.maxSurge) return 'there are never more than size + maxSurge'
  if (serving(instances) < desired.size - desired.maxUnavailable) return 'at least size - maxUnavailable serve, always'
  return undefined
}

/** Whoever was left out of a listing still serves: a short listing costs nobody. */
export const allServe: Truth = ({ instances, sight: { desired } }) =>
  serving(instances) < desired.size ? 'a short listing costs nobody who serves' : undefined

function serving(instances: readonly { readonly condition: string }[]): number {
  return instances.filter(({ condition }) => condition === 'healthy' || condition === 'unknown').length
}
