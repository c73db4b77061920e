import { needsDocker, unique } from '@infrakit/testing/engine'
import { waitUntil } from '@infrakit/testing'
import t from 'tap'
import { containerOf, createDockerWorld, dockerGroup } from './docker/world.js'

t.setTimeout(120_000)

t.test('groups, plugins and users of one engine leave each other alone', needsDocker, async (t) => {
  const [here, there] = [await createDockerWorld(t), await createDockerWorld(t)]
  await Promise.all([here.start(), there.start()])
  const { image } = here
  const pace = { Updating: { Duration: '30ms' }, Healing: { Interval: '100ms' } }
  const name = unique('by-hand')
  const byHand = here.docker('run', '--detach', '--name', name, '--label', 'infrakit.group=web', image)
  t.teardown(() => here.docker('rm', '--force', byHand))
  const web = (version: number) => dockerGroup('web', 2, containerOf(image, version), pace)
  const other = dockerGroup('other', 1, containerOf(image), pace)
  await Promise.all([here.world.commit(web(1)), here.world.commit(other), there.world.commit(web(1))])
  const all = [here.world.converged('web'), here.world.converged('other'), there.world.converged('web')]
  await Promise.all(all)

  const theirs = async () => ({
    byHand: here.docker('inspect', '--format', '{{.Id}} {{.State.Running}} {{.State.StartedAt}}', byHand),
    other: (await here.containers('other')).map(({ id }) => id),
    there: (await there.containers()).map(({ id }) => id).sort(),
  })
  const before = await theirs()
  t.equal(before.there.length, 2)

  await t.test('while a group is updated, loses one, and is destroyed', async (t) => {
    await here.world.commit(web(2))
    await here.world.converged('web', 2)
    t.same(await theirs(), before, 'updated')

    const [lost] = await here.containers('web')
    here.docker('rm', '--force', lost?.id ?? '')
    const isBack = async () => (await here.containers('web')).filter(({ id }) => id !== lost?.id).length === 2
    await waitUntil('another one', isBack, 25_000)
    t.same(await theirs(), before, 'healed')

    await here.world.kill('instance-docker')
    await here.world.start('instance-docker')
    await here.world.converged('web')
    t.same(await theirs(), before, 'its plugin killed and started, which removes what is left half done')

    await here.destroyGroup('web')
    t.same(await theirs(), before, 'destroyed')
    t.same(await here.containers('web'), [])
  })

  await t.test('control: two plugins of one namespace do not', async (t) => {
    const same = await createDockerWorld(t, { namespace: there.namespace })
    await same.start()
    await same.world.commit(dockerGroup('web', 1, containerOf(image, 3), pace))
    const touched = async () => (await theirs()).there.some((id) => !before.there.includes(id))
    t.ok(await waitUntil('the containers of the other to be changed', touched, 40_000))
  })
})
