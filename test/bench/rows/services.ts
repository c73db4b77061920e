import type { Teardown } from '@infrakit/testing'
import { loadImage, ownSwarm, testImage } from '@infrakit/testing/engine'
import { createRealWorld } from '../../environment/real-world.js'
import { containerProperties } from '../floor/bare-containers.js'
import { createBareService } from '../floor/bare-service.js'
import { startGroup } from '../real-group.js'
import type { Row, Sides } from '../row.js'
import { median } from '../statistics.js'

async function openScale(t: Teardown): Promise<Sides> {
  const size = 20
  const [manager] = await ownSwarm(t, 1)
  if (!manager) throw new Error('a swarm has a manager')
  const image = testImage('busybox')
  loadImage(image, manager)
  const world = await createRealWorld(t, 120_000, [manager.path])
  for (const name of ['group', 'flavor-vanilla', 'instance-swarm'] as const) await world.start(name)
  const group = await startGroup(world, { Plugin: 'instance-swarm', Properties: containerProperties(image) })
  const bare = await createBareService(manager.path, manager.docker('image', 'inspect', '--format', '{{.Id}}', image))
  return { ours: () => group.scale(size), floor: () => bare.scale(size) }
}

export const scaleServices: Row = {
  name: 'scale-services',
  title: 'scale 0 → 20 instances of a swarm until all are healthy, over scaling one service of it to 20',
  floorIs: 'one `service update` from 0 to 20 replicas, until 20 tasks run',
  needs: ['docker', 'busybox', 'dockerd', 'nsenter', 'ip'],
  unit: 'ms',
  compare: 'ratio',
  figures: [{ of: '', from: median, limit: 1.5, bound: 'at most' }],
  rounds: { full: 5, quick: 2 },
  warmUp: 1,
  open: openScale,
}
