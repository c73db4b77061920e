import t from 'tap'
import { endedAfter, generator } from '../canaries.js'

const canaries = process.env['INFRAKIT_SOAK'] === '1' ? 100_000 : 3000
const requests = 300

t.setTimeout(1_800_000)

t.test('of healthy canaries at most 1 in 1000 is ended', async (t) => {
  const random = generator(4711)
  for (const rate of [0.002, 0.01, 0.05]) {
    let ended = 0
    for (let at = 0; at < canaries; at++) if (endedAfter(rate, rate, requests, random) < Infinity) ended++
    t.ok(ended / canaries <= 1 / 1000, `${rate * 100}% fail on both: ${ended} of ${canaries} were ended`)
  }
})
