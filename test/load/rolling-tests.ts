import type { Test } from 'tap'
import { figure, soaked } from '../soak/soak.js'
import { roll, type Kind } from './rolling.js'

const many = { container: 'containers', process: 'processes', compose: 'replicas of a Compose service' } as const

/** What holds for all kinds: with a drain nothing is lost, without one something is. */
export async function rollingTests(t: Test, kind: Kind): Promise<void> {
  const requests = soaked(1500, 50_000)
  const load = {
    kind,
    size: kind === 'compose' ? soaked(3, 6) : soaked(4, 10),
    clients: soaked(12, 32),
    pauseMs: soaked(5, 2),
  }

  await t.test(`no request fails while ${many[kind]} are replaced`, async (t) => {
    const { answered, failures, problems, updates, fewest, live } = await roll(t, { ...load, requests, drain: true })
    t.same(failures, [], 'every answer is right')
    t.same(problems, [], 'the proxy did as it was told')
    t.ok(answered >= requests, `${answered} requests in ${updates} updates`)
    t.ok(fewest >= requests / load.clients / 4, `no client gave up: ${fewest} requests is the least`)
    t.equal(live, load.size, 'the proxy has the members and nobody else')
    figure(`requests while ${load.size} ${many[kind]} were replaced ${updates} times`, answered)
    figure(`failed of these`, failures.length)
  })

  await t.test('control: without a drain some fail', async (t) => {
    const { answered, failures, updates } = await roll(t, { ...load, requests: soaked(500, 10_000), drain: false })
    t.ok(failures.length > 0, `${failures.length} of ${answered + failures.length} failed in ${updates} updates`)
    figure(`without a drain ${many[kind]}: failed of ${answered + failures.length}`, failures.length)
  })
}
