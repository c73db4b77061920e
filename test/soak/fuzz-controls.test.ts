import t from 'tap'
import { faults } from './fuzz/faults.js'
import { fuzz } from './fuzz/fuzz.js'
import { createPlace, startTarget } from './fuzz/target.js'

const brokenServer = new URL('fuzz/broken-server.js', import.meta.url)
const seed = Number(process.env['INFRAKIT_FUZZ_SEED'] ?? Date.now() % 2 ** 31)
/** Enough for each fault to show with any seed: it ends with the first complaint, and most show long before. */
const enough = 3000
/** These are looked for at the end only, and show with the first calls. */
const shownAtOnce: readonly string[] = ['writes where it should not', 'logs errors']

t.test('control: a server with nothing wrong is not complained about', async (t) => {
  const place = await createPlace(t)
  const target = await startTarget(t, place, 'sound', brokenServer, ['sound'])
  const { problems } = await fuzz([target], place, { seed, requests: 100, mayGrowMB: 96 })
  t.same(problems, [])
})

for (const [fault, complaint] of Object.entries(faults)) {
  t.test(`control: a server that ${fault} is caught`, async (t) => {
    const place = await createPlace(t)
    const target = await startTarget(t, place, 'broken', brokenServer, ['broken', fault])
    const requests = shownAtOnce.includes(fault) ? 100 : enough
    const { problems } = await fuzz([target], place, { seed, requests, mayGrowMB: 96, patienceMs: 2000, shrink: false })
    t.match(problems.join('\n\n'), new RegExp(complaint, 'm'))
  })
}
