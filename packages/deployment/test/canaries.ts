import { fails } from '../src/analysis/errors.js'

/** Numbers that look random and are the same in every run (Park and Miller's generator). */
export function generator(seed: number): () => number {
  let state = seed
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}

/** After how many requests a canary that fails at `rate` is ended; Infinity when it is not. */
export function endedAfter(rate: number, old: number, most: number, random: () => number): number {
  let [failures, oldFailures] = [0, 0]
  for (let requests = 1; requests <= most; requests++) {
    if (random() < rate) failures++
    for (let at = 0; at < 19; at++) if (random() < old) oldFailures++
    if (fails({ requests, failures }, { requests: requests * 19, failures: oldFailures }, 0.01)) return requests
  }
  return Infinity
}
