import t from 'tap'
import { nextDelay } from '../../src/processes/backoff.js'

const cases: [what: string, previous: number, lived: number, next: number][] = [
  ['the first end', 0, 10, 200],
  ['the second end', 200, 10, 400],
  ['many ends', 25_600, 10, 30_000],
  ['after a minute of life it is the first again', 30_000, 60_000, 200],
  ['just under a minute of life', 400, 59_999, 800],
]
for (const [what, previous, lived, next] of cases) {
  t.test(what, async (t) => {
    t.equal(nextDelay(previous, lived), next)
  })
}
