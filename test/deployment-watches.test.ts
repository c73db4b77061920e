import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { proxyInterface, type CanaryAnalysis, type DeploymentDescription, type DeploymentSpec } from '@infrakit/spi'
import { waitUntil } from '@infrakit/testing'
import t, { type Test } from 'tap'
import { atStep, half } from './deployments/waiting.js'
import { createDeploymentWorld, type DeploymentWorld } from './deployments/world.js'
import { startSwitchLoad } from './load/switch-load.js'

t.setTimeout(600_000)

/** Answers every query with the value that it has at the moment, as Prometheus does. */
async function startPrometheus(t: Test) {
  const prometheus = { value: '0', url: '', asked: '' }
  const server = createServer((request, response) => {
    prometheus.asked = new URL(request.url ?? '', 'http://x').searchParams.get('query') ?? ''
    const data = { resultType: 'vector', result: [{ metric: {}, value: [0, prometheus.value] }] }
    response.end(JSON.stringify({ status: 'success', data }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  prometheus.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return prometheus
}

t.test('what a user judges a canary by ends it, and everything is as before', async (t) => {
  const world = await createDeploymentWorld(t)
  const prometheus = await startPrometheus(t)
  await world.deploy(world.spec(1))
  const before = await world.snapshot()
  const canary = (Analysis: CanaryAnalysis, Pause = '1s') =>
    world.spec(2, { Strategy: { Type: 'canary', Steps: ['50%'], Pause, Analysis } })
  const query = { URL: prometheus.url, Query: 'rate(errors[1m])', Max: 0.1 }

  const failing = await world.deploy(
    canary({ Command: ['sh', '-c', 'echo $INFRAKIT_TEST of $INFRAKIT_GROUP is bad; exit 4'] }),
  )
  t.match(failing.Failure, { Step: 'watch 50%', Message: /exited with 4/, Details: ['canary of shop-2 is bad'] })
  t.equal(await world.snapshot(), before)

  prometheus.value = '0.3'
  const high = await world.deploy(canary({ Prometheus: query }))
  t.match(high.Failure, { Step: 'watch 50%', Message: 'Prometheus says 0.3, expected at most 0.1' })
  t.equal(prometheus.asked, query.Query)
  t.equal(await world.snapshot(), before)

  const away = await world.deploy(canary({ Prometheus: { ...query, URL: 'http://127.0.0.1:1' } }))
  t.match(away.Failure, { Message: /Prometheus at .* gave no value: .*ECONNREFUSED/ })

  const few = await world.deploy(canary({ MinRequests: 5, Timeout: '1s' }))
  t.match(few.Failure, { Message: /only 0 of 5 requests came to shop-5 in 1s .*lower Analysis\.MinRequests/ })
  t.equal(await world.snapshot(), before)

  prometheus.value = '0.05'
  const good = await world.deploy(canary({ Command: ['true'], Prometheus: query }))
  t.equal(good.State, 'succeeded', good.Failure?.Message ?? '')
})

t.test('a canary that is much slower than the old release is ended', async (t) => {
  const world = await createDeploymentWorld(t)
  await world.deploy(world.spec(1))
  const load = startSwitchLoad(t, { port: world.port, clients: 4 })
  const Strategy: DeploymentSpec['Strategy'] = { Type: 'canary', Steps: ['30%'], Pause: '60s' }
  const Group = { ...world.spec(2).Group, Instance: world.servers({ RELEASE: '2', SLOW_MS: '1500' }) }
  const { State, Failure } = await world.deploy({ ...world.spec(2), Group, Strategy })
  const { failures } = await load.stop()
  t.equal(State, 'reverted')
  t.match(Failure, { Step: 'watch 30%', Message: /shop-2 is slow: \d+ ms, the old release \d+ ms/ })
  t.same(failures, [])
})

t.test('what is in flight at a release that is taken back is answered', async (t) => {
  const world = await createDeploymentWorld(t)
  await world.deploy(world.spec(1))
  const deployment = await world.deployment()
  const strategies: DeploymentSpec['Strategy'][] = [
    half,
    { Type: 'blue-green', Manual: true },
    { Type: 'recreate', Manual: true },
  ]
  for (const Strategy of strategies) {
    const { ID, Release } = await deployment.deploy({ Spec: world.spec(2, { Strategy }) })
    await atStep(world, 'watch')
    const asked = Array.from({ length: 10 }, async () => {
      const answer = await fetch(`http://127.0.0.1:${world.port}/?slow=3000`, { method: 'POST', body: 'x' })
      return answer.ok ? ((await answer.json()) as { release: string }).release : `status ${answer.status}`
    })
    const underWay = async () => {
      const { Route } = await (await world.plugins.get(proxyInterface, 'proxy-embedded')).describe({ Name: 'shop' })
      return Route.Servers.reduce((sum, { InFlight }) => sum + InFlight, 0) >= 10
    }
    await waitUntil('the requests to be in flight', underWay)
    await deployment.abort({ Service: 'shop' })
    const answers = await Promise.all(asked)
    t.ok(answers.includes('2'), `${Strategy?.Type}: ${answers.join(' ')}`)
    t.same(
      answers.filter((one) => one !== '1' && one !== '2'),
      [],
      `release ${Release} has answered what it was given`,
    )
    t.equal((await world.ended(ID)).State, 'reverted')
  }
})

t.test('a release that crashes a while after it was healthy is taken back where it is watched', async (t) => {
  const world = await createDeploymentWorld(t)
  await world.deploy(world.spec(1))
  const before = await world.snapshot()
  const Group = { ...world.spec(2).Group, Instance: world.servers({ RELEASE: '2', CRASH_AFTER_MS: '12000' }) }
  for (const Type of ['blue-green', 'canary', 'rolling'] as const) {
    const { State, Failure } = await world.deploy({ ...world.spec(2), Group, Strategy: { Type, Pause: '60s' } })
    t.equal(State, 'reverted', Type)
    t.match(Failure, { Step: /^watch/, Message: /process-.* ended while shop-\d+ was watched/ }, Type)
    t.match(Failure?.Details?.join('\n'), /out of coffee/, 'what it wrote last is shown')
    t.equal(await world.snapshot(), before, Type)
  }
  const { State } = await world.deploy(world.spec(3, { Strategy: { Type: 'blue-green', Pause: '1s' } }))
  t.equal(State, 'succeeded', 'one that lasts is not')
})

t.test('a canary by count; what is said to it outlives the plugin', async (t) => {
  const world = await createDeploymentWorld(t)
  await world.deploy(world.spec(1))
  const deployment = await world.deployment()
  const { ID } = await deployment.deploy({
    Spec: world.spec(2, { Strategy: { ...half, Type: 'canary', By: 'count' } }),
  })
  const { Traffic } = await atStep(world, 'watch')
  t.match(
    Traffic.map(({ Release, Servers }) => [Release, Servers.length]),
    [
      [1, 2],
      [2, 1],
    ],
  )
  const share = Traffic.find(({ Release }) => Release === 2)?.Share ?? 0
  t.ok(Math.abs(share - 1 / 3) < 0.001, `one of three has ${share}`)
  await deployment.pause({ Service: 'shop' })
  await deployment.promote({ Service: 'shop' })
  const isPaused = async () =>
    (await deployment.describe({ Service: 'shop' })).Description.Deployment?.State === 'paused'
  await waitUntil('it to be paused', isPaused)
  // Whoever takes it over is as patient.
  await world.kill('deployment')
  await world.startDeployment()
  await waitUntil('it to be taken over, paused', () => isPaused().catch(() => false))
  await (await world.deployment()).resume({ Service: 'shop' })
  const report = await world.ended(ID)
  t.equal(report.State, 'succeeded', report.Failure?.Message ?? '')
  const { Instances } = (await (await world.group()).describeGroup({ ID: 'shop-2' })).Description
  t.equal(Instances.length, 2)
  const { Deployment: aborted } = await abortedAndKilled(world)
  t.match(aborted, { State: 'reverted', Failure: { Message: 'aborted: changed my mind' } })
})

/** Aborts a deployment whose plugin is killed right after it has answered. */
async function abortedAndKilled(world: DeploymentWorld): Promise<DeploymentDescription> {
  const { ID } = await (await world.deployment()).deploy({ Spec: world.spec(3, { Strategy: half }) })
  await atStep(world, 'watch')
  await (await world.deployment()).abort({ Service: 'shop', Reason: 'changed my mind' })
  await world.kill('deployment')
  await world.startDeployment()
  await world.ended(ID)
  return (await (await world.deployment()).describe({ Service: 'shop' })).Description
}
