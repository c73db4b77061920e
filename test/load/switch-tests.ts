import type { Test } from 'tap'
import { figure, soaked } from '../soak/soak.js'
import { skipWithout, type ProxyName } from './proxies.js'
import { switchReleases } from './switching.js'

/** What holds for all proxies: with a drain no request fails, without one some do. */
export async function switchTests(t: Test, proxy: ProxyName): Promise<void> {
  const skip = skipWithout(proxy)
  const requests = soaked(5000, 500_000)
  const load = { proxy, clients: 64 }

  await t.test(`no request fails while releases are switched by ${proxy}`, { skip }, async (t) => {
    const found = await switchReleases(t, { ...load, requests, switches: soaked(3, 50), drain: true })
    t.same(found.failures.slice(0, 20), [], `${found.failures.length} of ${requests} failed`)
    t.ok(found.answered >= requests, `${found.answered} requests in ${found.switches} switches`)
    for (const one of found.drained) t.same(one, { InFlight: 0, Cut: 0 })
    t.ok(found.fewest >= requests / (2 * load.clients) / 8, `no client gave up: ${found.fewest} requests is the least`)
    figure(`${proxy}: requests in ${found.switches} switches`, found.answered)
    figure(`${proxy}: failed of these`, found.failures.length)
  })

  await t.test('control: when old servers are killed before they are drained, some fail', { skip }, async (t) => {
    const { answered, failures } = await switchReleases(t, {
      ...load,
      requests: soaked(1500, 10_000),
      switches: soaked(2, 5),
      drain: false,
    })
    t.ok(failures.length > 0, `${failures.length} of ${answered + failures.length}`)
    figure(`${proxy}, killed before drain: failed of ${answered + failures.length}`, failures.length)
  })
}
