import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder, waitUntil, type Teardown } from '@infrakit/testing'
import type { DeploymentSpec } from '@infrakit/spi'
import t from 'tap'
import { createDeploymentWorld, type DeploymentWorld } from '../deployments/world.js'
import { figure, soaked } from './soak.js'

t.setTimeout(soaked(600_000, 2 * 60 * 60_000))

/** Moments of the journal that an unbroken run passes, each with how often it was passed before. */
async function momentsOf(t: Teardown, second: (world: DeploymentWorld) => DeploymentSpec): Promise<string[]> {
  const file = join(await temporaryFolder(t), 'moments')
  const world = await createDeploymentWorld(t)
  await world.deploy(world.spec(1))
  await world.kill('deployment')
  await world.startDeployment({ INFRAKIT_FAILPOINT_JOURNAL: file })
  await world.deploy(second(world))
  const passed = (await readFile(file, 'utf8')).split('\n').filter((line) => line.startsWith('journal/'))
  return passed.map((name, at) => `${name}:${passed.slice(0, at + 1).filter((one) => one === name).length}`)
}

const ways: Readonly<Record<string, (world: DeploymentWorld) => DeploymentSpec>> = {
  'blue-green': (world) => world.spec(2),
  canary: (world) => world.spec(2, { Strategy: { Type: 'canary', Steps: ['20%', '50%'], Pause: '300ms' } }),
  rolling: (world) => world.spec(2, { Strategy: { Type: 'rolling' } }),
  recreate: (world) => world.spec(2, { Strategy: { Type: 'recreate' } }),
  'a failing test': (world) =>
    world.spec(2, {
      Tests: { Post: [{ Name: 'never', HTTP: { Path: '/', Contains: 'nothing of that' }, Timeout: '300ms' }] },
    }),
}

/** All of the first way in every run; the others in the long one. */
for (const [name, second] of Object.entries(ways).slice(0, soaked(1, Object.keys(ways).length))) {
  t.test(`killed at any write of the journal, ${name}: all of it or nothing`, async (t) => {
    const moments = await momentsOf(t, second)
    t.ok(moments.length >= 10, moments.join(' '))
    const world = await createDeploymentWorld(t)
    await world.deploy(world.spec(1))
    let [resumed, reverted] = [0, 0]
    for (const moment of moments) {
      const before = await world.snapshot()
      await world.kill('deployment')
      const doomed = await world.startDeployment({ INFRAKIT_FAILPOINT: moment })
      const deployment = await world.deployment()
      // It may die before it can answer.
      const begun = await deployment.deploy({ Spec: second(world) }).catch(() => undefined)
      await waitUntil(`it to die at ${moment}`, () => doomed.child.signalCode === 'SIGKILL', 120_000)
      await world.startDeployment({})
      const after = await world.deployment()
      const last = await waitUntil(
        'all to be over',
        async () => {
          const { Description } = await after.describe({ Service: 'shop' })
          // Whoever has just started again is told by and by how they are.
          const unsure = Description.Instances.some(({ Health }) => Health !== 'healthy' && Health !== 'stopped')
          return Description.Deployment?.Ended && !unsure ? Description : undefined
        },
        120_000,
      )
      const now = await world.snapshot()
      const report = last.Deployment
      if (report?.State === 'reverted' || report?.ID !== (begun?.ID ?? report?.ID)) {
        reverted++
        t.equal(now, before, `${moment}: as before`)
      } else {
        resumed++
        const active = last.Releases.find(({ State }) => State === 'active')
        const live = last.Traffic.filter(({ Share }) => Share > 0)
        t.match(live, [{ Release: active?.Release, Share: 1 }], `${moment}: the new release has all requests`)
        t.equal(last.Instances.filter(({ Health }) => Health === 'healthy').length, 2, 'and is healthy')
      }
    }
    t.comment(`${moments.length} moments: ${resumed} times after, ${reverted} times before`)
    figure(`${name}: killed at each of ${moments.length} writes of the journal`, `${resumed} after, ${reverted} before`)
  })
}
