/** Requests and how many of them failed. */
export interface Tally {
  readonly requests: number
  readonly failures: number
}

/** Of a thousand canaries that are as good as the old release, at most one is ended for its errors. */
const falseAlarms = 1 / 1000
/** A bound that one rate in a thousand exceeds. */
const z = 3.1
/** How bad a release may be that is looked for: times the rate that is fine, and plain rates. */
const suspected = { times: [3, 10], rates: [0.5, 0.95] } as const

/**
 * Whether a canary fails more often than it may: sequential, so that it can be asked after every request without being
 * wrong the more often. The likelihood of what was seen, if the canary is bad in one of several ways, is compared with its
 * likelihood if it is just good enough; the ratio exceeds 1000 by chance at most once in 1000 canaries that are good
 * (Wald's sequential test with a mixture of alternatives; the bound is Ville's inequality).
 *
 * @param tolerated share of requests that may fail beyond what fails on the old release
 */
export function fails(canary: Tally, old: Tally, tolerated: number): boolean {
  const fine = Math.min(0.9, tolerated + upperBound(old))
  const alternatives = [...suspected.times.map((times) => times * fine), ...suspected.rates].filter(
    (rate) => rate > fine && rate < 1,
  )
  if (alternatives.length === 0 || canary.failures === 0) return false
  const good = canary.requests - canary.failures
  const logs = alternatives.map(
    (rate) => canary.failures * Math.log(rate / fine) + good * Math.log((1 - rate) / (1 - fine)),
  )
  const most = Math.max(...logs)
  const mean = most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0) / logs.length)
  return mean >= Math.log(1 / falseAlarms)
}

/** What the old release's rate of failures is at most (Wilson's score interval). One that never failed has none. */
export function upperBound({ requests, failures }: Tally): number {
  if (failures === 0 || requests === 0) return 0
  const rate = failures / requests
  const centre = rate + (z * z) / (2 * requests)
  const spread = z * Math.sqrt((rate * (1 - rate)) / requests + (z * z) / (4 * requests * requests))
  return Math.min(1, (centre + spread) / (1 + (z * z) / requests))
}
