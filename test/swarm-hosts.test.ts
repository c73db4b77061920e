import { instanceInterface } from '@infrakit/spi'
import { skipFor, waitUntil } from '@infrakit/testing'
import { loadImage, needsDocker, ownSwarm, testImage } from '@infrakit/testing/engine'
import t from 'tap'
import { createRealWorld } from './environment/real-world.js'

const root = process.getuid?.() === 0 ? false : 'needs to be root, to run engines'
const skip = root || needsDocker.skip || skipFor(['dockerd', 'nsenter', 'ip'])

t.test('a group in a swarm that does not move tasks, one node cut off and back', { skip }, async (t) => {
  const engines = await ownSwarm(t, 3)
  const [first, , third] = engines
  if (!first || !third) return t.fail('three engines')
  // A node is known to be down after three of these, and not after fifteen seconds.
  first.docker('swarm', 'update', '--dispatcher-heartbeat', '1s')
  const image = testImage('busybox')
  loadImage(image, ...engines)
  const managers = engines.map(({ path }) => path)
  const world = await createRealWorld(t, 90_000, managers)
  for (const name of ['group', 'flavor-vanilla', 'instance-swarm'] as const) await world.start(name)
  const Properties = {
    image,
    command: ['sleep', '100000'],
    init: true,
    stop_grace_period: '1s',
    deploy: { restart_policy: { condition: 'none' } },
  }
  await (
    await world.group()
  ).commitGroup({
    Spec: {
      ID: 'web',
      Properties: {
        Allocation: { Size: 3 },
        Instance: { Plugin: 'instance-swarm', Properties },
        Flavor: { Plugin: 'flavor-vanilla', Properties: {} },
        Healing: { Interval: '200ms', HostTimeout: '5s' },
      },
    },
  })
  await world.settled('web', 3)
  const look = async () => {
    const instance = await world.plugins.get(instanceInterface, 'instance-swarm')
    const { Descriptions, Unreachable } = await instance.describeInstances({ Properties: true })
    const hosts = Descriptions.map(({ Properties }) => (Properties as { Host?: string }).Host ?? '')
    return { hosts: hosts.sort(), away: (Unreachable ?? []).map(({ Host }) => Host) }
  }
  const services = () => first.docker('service', 'ls', '--quiet').split('\n').filter(Boolean)
  t.same(await look(), { hosts: ['node-1', 'node-2', 'node-3'], away: [] }, 'they are spread')
  const before = services()

  third.cut()
  await waitUntil('its node to be told as away', async () => (await look()).away.includes('node-3'), 60_000)
  t.same(services(), before, 'it is unknown, and not gone: nothing is made in its place')
  await waitUntil(
    'another to be made, after HostTimeout',
    async () => (await look()).hosts.filter((host) => host === 'node-1' || host === 'node-2').length === 3,
    60_000,
  )
  t.ok(
    before.every((id) => services().includes(id)),
    'what is unknown is not destroyed',
  )

  third.join()
  await waitUntil('it to be back', async () => (await look()).away.length === 0, 60_000)
  await waitUntil('the surplus to go', () => services().length === 3, 60_000)
  await world.settled('web', 3)
})
