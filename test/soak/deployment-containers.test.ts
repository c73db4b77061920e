import { skipFor, waitUntil } from '@infrakit/testing'
import { needsDocker } from '@infrakit/testing/engine'
import t from 'tap'
import { createDeploymentWorld } from '../deployments/world.js'
import { startLoad } from '../load/client.js'
import { figure, soaked } from './soak.js'

t.setTimeout(soaked(600_000, 2 * 60 * 60_000))

const skip = needsDocker.skip || skipFor(['consul', 'haproxy'])
/** One while the old release serves, one while both do, one after the record. */
const moments = ['journal/forward/healthy/after', 'journal/forward/switch/after', 'journal/record/after']

t.test('containers, with Consul and HAProxy: no request fails, and kills are survived', { skip }, async (t) => {
  const world = await createDeploymentWorld(t, {
    instances: 'docker',
    proxy: 'proxy-haproxy',
    registry: 'registry-consul',
    lease: '10s',
  })
  const first = await world.deploy(world.spec(0))
  t.equal(first.State, 'succeeded', JSON.stringify(first.Failure))
  let oldest = 0
  const expects = (release: string) => Number(release) >= oldest
  const load = startLoad({ port: world.port, clients: 16, pauseMs: 10, expects })
  const deployments = soaked(2, 20)
  for (let at = 1; at <= deployments; at++) {
    const due = (at / deployments) * soaked(500, 200_000)
    await waitUntil('requests to be made', () => load.answered + load.failures.length >= due, 3_600_000)
    const report = await world.deploy(world.spec(at))
    t.equal(report.State, 'succeeded', JSON.stringify(report.Failure))
    oldest = at
    t.same(load.failures.slice(0, 5), [], `deployment ${at}`)
  }
  figure(
    `containers, HAProxy and Consul: failed of ${load.answered} in ${deployments} deployments`,
    load.failures.length,
  )

  for (const [at, moment] of moments.entries()) {
    await world.kill('deployment')
    const doomed = await world.startDeployment({ INFRAKIT_FAILPOINT: moment })
    const deployment = await world.deployment()
    await deployment.deploy({ Spec: world.spec(1000 + at) }).catch(() => undefined)
    await waitUntil(`it to die at ${moment}`, () => doomed.child.signalCode === 'SIGKILL', 120_000)
    await world.startDeployment({})
    const last = await waitUntil(
      'all to be over',
      async () => {
        const { Description } = await (await world.deployment()).describe({ Service: 'shop' })
        return Description.Deployment?.Ended ? Description : undefined
      },
      180_000,
    )
    const active = last.Releases.find(({ State }) => State === 'active')
    t.equal(last.Deployment?.State, 'succeeded', moment)
    t.match(
      last.Traffic.filter(({ Share }) => Share > 0),
      [{ Release: active?.Release, Share: 1 }],
      moment,
    )
    t.same(load.failures.slice(0, 5), [], `killed at ${moment}: no request failed`)
  }
  t.ok((await load.stop()) > 0, `${load.answered} requests`)
})
