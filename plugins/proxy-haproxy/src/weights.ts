const highest = 256

/**
 * HAProxy's weights, whole numbers up to 256, that come nearest to these shares: the smallest that are exact, else those that are
 * wrong by least. Who shall get anything gets something. Pure.
 */
export function weightsFor(shares: readonly number[]): number[] {
  const top = Math.max(0, ...shares)
  let best = shares.map(() => 0)
  let least = Infinity
  for (let most = 1; top > 0 && most <= highest; most++) {
    const weights = shares.map((share) => (share === 0 ? 0 : Math.max(1, Math.round((share / top) * most))))
    const error = errorOf(weights, shares)
    if (error >= least - 1e-9) continue
    best = weights
    least = error
    if (error < 1e-9) break
  }
  return best
}

/** By how much the share is wrong that is wrong most. */
export function errorOf(weights: readonly number[], shares: readonly number[]): number {
  const sum = weights.reduce((total, one) => total + one, 0)
  return Math.max(0, ...weights.map((weight, at) => Math.abs((sum ? weight / sum : 0) - (shares[at] ?? 0))))
}
