import { skipFor } from '@infrakit/testing'
import { needsDocker } from '@infrakit/testing/engine'
import t from 'tap'
import { failingStepsTest, failingWays } from '../deployments/failing-steps.js'
import { soaked } from './soak.js'

t.setTimeout(soaked(600_000, 60 * 60_000))

const skip = needsDocker.skip || skipFor(['consul', 'haproxy'])
/** One while nothing is there yet, one while the new release is well, one after the switch; all in the long form. */
const some = ['pull', 'pre-test a', 'after switch']

for (const way of failingWays.slice(0, soaked(1, failingWays.length))) {
  await t.test(
    `containers, with Consul and HAProxy, a failure at every step, ${way}: all of it or nothing`,
    { skip },
    (t) =>
      failingStepsTest(t, way, {
        instances: 'docker',
        proxy: 'proxy-haproxy',
        registry: 'registry-consul',
        lease: '10s',
        isWanted: (moment) => soaked(some.includes(moment), true),
      }),
  )
}
