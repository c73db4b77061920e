import { skipFor } from '@infrakit/testing'
import { needsDocker } from '@infrakit/testing/engine'
import t from 'tap'
import { killTests, wayNames } from '../deployments/kill-tests.js'
import { soaked } from './soak.js'

t.setTimeout(soaked(600_000, 3 * 60 * 60_000))

const skip = needsDocker.skip || skipFor(['consul', 'haproxy'])
/** One while the old release serves, one while both do, one after the record; all in the long form. */
const some = ['journal/forward/healthy/after:1', 'journal/forward/switch/after:1', 'journal/record/after:1']

for (const way of wayNames.slice(0, soaked(1, wayNames.length))) {
  await t.test(
    `containers, with Consul and HAProxy, killed at writes of the journal, ${way}: all of it or nothing`,
    { skip },
    (t) =>
      killTests(t, way, {
        instances: 'docker',
        proxy: 'proxy-haproxy',
        registry: 'registry-consul',
        lease: '10s',
        load: true,
        isWanted: (moment) => soaked(some.includes(moment), true),
      }),
  )
}
