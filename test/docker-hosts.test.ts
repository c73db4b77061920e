import { instanceInterface } from '@infrakit/spi'
import { skipFor, waitUntil } from '@infrakit/testing'
import { docker, needsDocker, ownEngine } from '@infrakit/testing/engine'
import t from 'tap'
import { containerOf, createDockerWorld, dockerGroup, load } from './docker/world.js'

t.setTimeout(240_000)

const root = process.getuid?.() === 0 ? false : 'needs to be root, to run an engine'
const skip = root || needsDocker.skip || skipFor(['dockerd', 'nsenter', 'ip'])

t.test('a group on two engines, one of them cut off and back', { skip }, async (t) => {
  const own = await ownEngine(t)
  await own.start()
  const far = `unix://${own.path}`
  const args = ['--host', 'near=unix:///var/run/docker.sock', '--host', `far=${far}`]
  const { world, image, namespace, described, start } = await createDockerWorld(t, { plugin: { args } })
  load(own, image)
  await start()
  const Healing = { Interval: '200ms', HostTimeout: '5s' }
  await world.commit(dockerGroup('web', 4, containerOf(image), { Healing }))
  await world.converged('web')
  const look = async () => {
    const instance = await world.plugins.get(instanceInterface, 'instance-docker')
    const { Descriptions, Unreachable } = await instance.describeInstances({ Properties: true })
    const on = (name: string) =>
      Descriptions.filter(({ Properties }) => (Properties as { Host: string }).Host === name).map(({ ID }) => ID)
    return { near: on('near').sort(), far: on('far').sort(), away: (Unreachable ?? []).map(({ Host }) => Host) }
  }
  const before = await look()
  t.same([before.near.length, before.far.length], [2, 2], 'they are spread')

  own.pause()
  await waitUntil('it to be told as away', async () => (await look()).away.length > 0, 60_000)
  t.same(await look(), { near: before.near, far: [], away: ['far'] })
  await waitUntil('the group to say why it waits', async () =>
    (await described('web')).includes('its host cannot be reached'),
  )
  await waitUntil('others to be made, after HostTimeout', async () => (await look()).near.length === 4, 60_000)

  own.goOn()
  await waitUntil('it to be back', async () => (await look()).away.length === 0, 60_000)
  await world.converged('web')
  const after = await look()
  t.equal(after.near.length + after.far.length, 4, 'the surplus is gone')
  t.same(
    after.far.filter((id) => !before.far.includes(id)),
    [],
    'nothing was made there a second time',
  )
  const there = docker('--host', far, 'ps', '-aq', '--filter', `label=infrakit.instance-docker=${namespace}`)
  t.same(there.split('\n').filter(Boolean).sort(), after.far, 'and its engine has no other')
})
