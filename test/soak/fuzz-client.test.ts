import t from 'tap'
import { clientFaults, faulty, ours, type ClientFault } from './fuzz-client/clients.js'
import { fuzzClient } from './fuzz-client/fuzz-client.js'
import { figure, soaked } from './soak.js'

const seed = Number(process.env['INFRAKIT_FUZZ_SEED'] ?? Date.now() % 2 ** 31)

t.test('whatever a server answers, each call ends with a result of its own or an error that says why', async (t) => {
  const before = process.getActiveResourcesInfo().filter((resource) => resource === 'PipeWrap').length
  const calls = soaked(1000, 20_000)
  const report = await fuzzClient(t, ours, { seed, calls, patienceMs: 30_000 })
  t.same(report.problems, [], `seed ${seed}`)
  t.ok(report.calls >= calls)
  figure('calls to servers that answer garbage', report.calls)
  const after = process.getActiveResourcesInfo().filter((resource) => resource === 'PipeWrap').length
  t.ok(after <= before + 2, `${after} pipes are open, and ${before} were`)
})

for (const [fault, complaint] of Object.entries(clientFaults)) {
  t.test(`control: a client that ${fault} is caught`, async (t) => {
    const connect = (path: string) => faulty(path, fault as ClientFault)
    const { problems } = await fuzzClient(t, connect, { seed, calls: 400, patienceMs: 2000, shrink: false })
    t.match(problems.join('\n'), complaint)
  })
}
