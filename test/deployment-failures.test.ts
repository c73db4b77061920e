import { setTimeout as sleep } from 'node:timers/promises'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { instanceInterface, proxyInterface, type DeploymentSpec } from '@infrakit/spi'
import { rejection, waitUntil } from '@infrakit/testing'
import t from 'tap'
import { failsEverything, withServer } from './deployments/bad-servers.js'
import { atStep, half } from './deployments/waiting.js'
import { createDeploymentWorld } from './deployments/world.js'

t.setTimeout(600_000)

t.test('releases that are no good are taken back, and it is said why', async (t) => {
  const world = await createDeploymentWorld(t)
  await world.deploy(world.spec(1))
  const before = await world.snapshot()
  const Deadlines = { Start: '5s' }
  const cases: [string, DeploymentSpec, object][] = [
    [
      'never healthy',
      { ...withServer(world, 'console.log("no coffee"); setInterval(() => {}, 1000)'), Deadlines },
      { Step: 'healthy', Message: /not healthy within 5s/, Details: /connection refused|not listening/ },
    ],
    [
      'ends again and again',
      withServer(world, 'console.error("boom: out of coffee"); process.exit(3)'),
      { Step: 'healthy', Message: /do not last|could not create/, Details: /out of coffee|exited with code 3/ },
    ],
    [
      'a test through the proxy',
      world.spec(2, { Tests: { Post: [{ Name: 'b', HTTP: { Contains: 'nothing' }, Timeout: '500ms' }] } }),
      { Step: 'post-test b', Message: /the answer does not contain 'nothing'/ },
    ],
    [
      'a test of the release itself',
      world.spec(2, {
        Tests: { Pre: [{ Name: 'a', Command: ['sh', '-c', 'echo asked $INFRAKIT_ADDRESSES; exit 7'] }] },
      }),
      { Step: 'pre-test a', Message: /exited with 7/, Details: /asked 127\.0\.0\.1:\d+ 127\.0\.0\.1:\d+/ },
    ],
    [
      'a hook, whose like is taken back',
      world.spec(2, {
        Hooks: [
          { Name: 'one', Step: 'start', Command: ['touch', 'made'], Undo: ['rm', 'made'] },
          { Name: 'two', Step: 'switch', When: 'after', Command: ['test', '-e', 'never'], Undo: ['true'] },
        ],
      }),
      { Step: 'hook two', Message: /exited with 1/ },
    ],
  ]
  for (const [name, spec, { Details, ...failure }] of cases.map(
    ([name, spec, failure]) => [name, spec, failure as { Details?: RegExp }] as const,
  )) {
    const report = await world.deploy(spec)
    t.equal(report.State, 'reverted', name)
    t.match(report.Failure, failure, name)
    if (Details) t.match(report.Failure?.Details?.join('\n') ?? '', Details, name)
    t.equal(await world.snapshot(), before, `${name}: all is as before`)
  }
  const deployment = await world.deployment()
  const { Lines } = await deployment.logs({ Service: 'shop', ID: 'shop-5' })
  t.match(Lines.join('\n'), /asked 127\.0\.0\.1/, 'what a test wrote is kept')
  const { Description } = await deployment.describe({ Service: 'shop' })
  t.match(Description.Summary, /^shop: release 1 \(blue, 2 instances\) is active; release 6 was taken back: /)
})

t.test('bad input is refused, names its field, and changes nothing', async (t) => {
  const world = await createDeploymentWorld(t)
  const deployment = await world.deployment()
  t.match(await rejection(deployment.describe({ Service: 'shop' })), { kind: 'not-found', message: /never deployed/ })
  const good = world.spec(1)
  const bad = (Properties: object) => ({ ...good.Group, Instance: { Plugin: 'instance-process', Properties } })
  const cases: [unknown, object][] = [
    [
      { ...good, Groop: 1 },
      { kind: 'input', message: /Groop: unknown key, did you mean 'Group'\?/ },
    ],
    [
      { ...good, Group: { ...good.Group, Size: 'two' } },
      { kind: 'input', message: /Size: expected a whole number, got "two"/ },
    ],
    [
      { ...good, Group: bad({ Command: ['${nope}'] }) },
      { kind: 'input', path: 'Group.Instance.Properties.Command[0]' },
    ],
    [
      { ...good, Group: bad({ Comand: ['x'] }) },
      { kind: 'input', message: /Group\.Instance.*Comand: unknown key/s },
    ],
    [
      { ...good, Group: { ...good.Group, Flavor: { Plugin: 'flavor-vanila' } } },
      { kind: 'not-found', message: /flavor-vanila/ },
    ],
    [
      { ...good, Proxies: ['proxy-nowhere'] },
      { kind: 'not-found', message: /proxy-nowhere/ },
    ],
    [
      { ...good, Registry: 'registry-consul' },
      { kind: 'input', message: /keeps its records in 'registry-embedded'/ },
    ],
    [
      { ...good, Routes: [{ Name: 'shop', Listen: 'here' }] },
      { kind: 'input', message: /Listen/ },
    ],
    [
      { ...good, Proxies: null },
      { kind: 'input', message: /belong together/ },
    ],
  ]
  for (const [Spec, expected] of cases) {
    t.match(await rejection(deployment.deploy({ Spec: Spec as DeploymentSpec })), expected)
  }
  t.match(await rejection(deployment.scale({ Service: 'shop', Scale: '2' })), { kind: 'not-found' })
  t.same((await deployment.list({})).Services, [], 'nothing was begun')
  const proxies = await world.plugins.get(proxyInterface, 'proxy-embedded')
  await proxies.apply({
    Route: { Name: 'shop', Owner: 'cli', Listen: `127.0.0.1:${world.port}`, Backends: [{ Name: 'a', Servers: [] }] },
  })
  t.match(await rejection(deployment.deploy({ Spec: good })), { kind: 'conflict', message: /'shop' belongs to cli/ })
})

t.test('one deployment at a time: the second is told who, or waits', async (t) => {
  const world = await createDeploymentWorld(t)
  await world.deploy(world.spec(1))
  const deployment = await world.deployment()
  const { ID } = await deployment.deploy({ Spec: world.spec(2, { Strategy: half }) })
  await atStep(world, 'watch')
  const refused = await rejection(deployment.deploy({ Spec: world.spec(3) }))
  t.match(refused, {
    kind: 'conflict',
    message: /shop-2 \(deploy of release 2\) goes on since .* at 'watch 50%'/,
    hint: /--wait/,
  })
  t.match(await rejection(deployment.rollback({ Service: 'shop' })), { kind: 'conflict' })
  const second = deployment.deploy({ Spec: world.spec(3), WaitSeconds: 120 }, { timeout: 180_000 })
  await deployment.promote({ Service: 'shop' })
  t.equal((await world.ended(ID)).State, 'succeeded')
  const { ID: next, Release } = await second
  t.equal(Release, 3)
  t.equal((await world.ended(next)).State, 'succeeded')
  const { Plan } = await deployment.plan({ Spec: world.spec(4) })
  await world.deploy(world.spec(4))
  t.match(await rejection(deployment.deploy({ Spec: world.spec(4), Plan })), {
    kind: 'conflict',
    message: /made for a world that is no more: it would be release 5 now/,
  })
})

t.test('people are told what became of a release, and that it had to heal', async (t) => {
  const world = await createDeploymentWorld(t)
  const file = join(world.home, 'told')
  const Notify = [{ Command: ['sh', '-c', `echo "$INFRAKIT_EVENT: $INFRAKIT_MESSAGE" >> ${file}`] }]
  const read = () => readFile(file, 'utf8').catch(() => '')
  await world.deploy(world.spec(1, { Notify }))
  await waitUntil('the start and the end to be told', async () =>
    /started: [^]*succeeded: Active is release 1/.test(await read()),
  )
  const { Instances } = (await (await world.group()).describeGroup({ ID: 'shop-1' })).Description
  const instances = await world.plugins.get(instanceInterface, 'instance-process')
  await instances.destroy({ Instance: Instances[0]?.ID ?? '' })
  await waitUntil('the healing to be told', async () =>
    /healed: shop-1 had to heal: Created instance/.test(await read()),
  )
  await world.deploy({ ...withServer(world, 'process.exit(1)'), Notify })
  await waitUntil('the failure to be told', async () => /failed: release 2 of shop was taken back/.test(await read()))
  t.notMatch(await read(), /cannot-heal/, 'what a deployment does with its groups is no healing')
})

t.test('a canary that fails is ended before many have met it', async (t) => {
  const world = await createDeploymentWorld(t)
  await world.deploy(world.spec(1))
  const Strategy = { Type: 'canary' as const, Steps: ['20%'], Pause: '60s' }
  const deployment = await world.deployment()
  const { ID } = await deployment.deploy({ Spec: { ...withServer(world, failsEverything), Strategy } })
  await atStep(world, 'watch')
  let [asked, failed] = [0, 0]
  let over = false
  const ended = world.ended(ID).finally(() => (over = true))
  while (!over) {
    const answer = await fetch(`http://127.0.0.1:${world.port}/`).catch(() => undefined)
    await answer?.text()
    asked++
    if (answer?.status !== 200) failed++
    await sleep(10)
  }
  const report = await ended
  t.equal(report.State, 'reverted')
  t.match(report.Failure, { Step: 'watch 20%', Message: /shop-2 fails: \d+ of \d+ requests failed/ })
  t.ok(failed > 0 && failed <= 40, `${failed} of ${asked} requests met it`)
})
