import { group, type GroupOptions } from '@infrakit/testing'
import t from 'tap'
import { configHash } from '../src/config-hash.js'
import { harness } from './harness.js'

const plugin = { Plugin: 'memory', Properties: { Note: '1' } }
const config = { Instance: plugin, Flavor: { Plugin: 'memory', Properties: {} } }
const options: GroupOptions = {
  properties: { ...config, Healing: { Interval: '100ms', UnhealthyAfter: 1 } },
  hash: () => configHash(config),
}
const web = group('web', options)

/** What is found, how it looks once it has converged: members that stay, and how many are new. */
const cases: [what: string, found: ReturnType<typeof group>, stay: string[], fresh: number][] = [
  ['all is well', web.size(2), ['web-1', 'web-2'], 0],
  ['nothing', web.size(2).missing(2), [], 2],
  ['too few', web.size(3).missing(1), ['web-1', 'web-2'], 1],
  ['too many', web.size(1).surplus(2), ['web-3'], 0],
  ['one outdated', web.size(2).outdated(1), ['web-2'], 1],
  ['one unhealthy', web.size(3).unhealthy(1), ['web-1', 'web-2'], 1],
  ['one dead', web.size(2).failed(1), ['web-1'], 1],
  ['one stopped', web.size(2).stopped(1), ['web-1', 'web-2'], 0],
  ['too many, one outdated and one unhealthy', web.size(2).surplus(2).outdated(1).unhealthy(1), ['web-2', 'web-3'], 0],
  ['an outdated pet', web.pets('a', 'b').outdated(1), ['web-2'], 1],
]

for (const [what, found, stay, fresh] of cases) {
  t.test(`a group is taken up: ${what}`, async (t) => {
    const h = await harness(t)
    found.seed(h.instance, h.flavor)
    await h.commit(found.spec)
    await h.converged()
    const ids = [...h.instance.instances.keys()]
    t.same(ids.filter((id) => id.startsWith('web-')).sort(), stay)
    t.equal(ids.length, stay.length + fresh)
  })
}
