import t from 'tap'
import { cases } from './fuzz/cases.js'
import { send } from './fuzz/connection.js'
import { orderlyOf } from './fuzz/deliveries.js'
import { fuzz } from './fuzz/fuzz.js'
import { complaintsIn } from './fuzz/process-watch.js'
import { createPlace, maxBodyBytes, startPlugins } from './fuzz/target.js'
import { plantInstance, tidyUp } from './fuzz/tidy.js'
import { figure, soaked } from './soak.js'

const seed = Number(process.env['INFRAKIT_FUZZ_SEED'] ?? Date.now() % 2 ** 31)

t.test('whatever is sent to the plugins, each request gets its own answer and they stay as they were', async (t) => {
  const place = await createPlace(t)
  const targets = await startPlugins(t, place)
  await plantInstance(place)
  const requests = soaked(1500, 100_000)
  const begun = performance.now()
  const report = await fuzz(targets, place, { seed, requests, mayGrowMB: soaked(96, 24), between: () => tidyUp(place) })
  t.same(report.problems, [], `seed ${seed}`)
  t.ok(report.requests >= requests)
  figure('fuzzed requests', report.requests)
  figure('fuzz: growth of the plugin that grew most', `${report.growthMB} MB`)
  t.comment(`${report.requests} requests in ${Math.round(performance.now() - begun)} ms, seed ${seed}`)
})

t.test('what once went wrong stays right', async (t) => {
  const place = await createPlace(t)
  const targets = await startPlugins(t, place)
  for (const { socket, name, process } of targets) {
    const line = { path: socket, maxBodyBytes, patienceMs: 60_000, stalled: [] }
    for (const [what, body] of cases) {
      const request = { body: Buffer.from(body), expectation: { answer: 'one' as const, expected: { id: '7' } } }
      t.equal(await send(line, orderlyOf([request])), undefined, `${name}: ${what}`)
    }
    t.same(complaintsIn(process.output()), [], `${name} logs no error`)
  }
})
