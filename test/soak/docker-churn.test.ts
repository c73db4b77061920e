import { readdirSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { waitUntil, type StartedProcess } from '@infrakit/testing'
import { needsDocker, unique } from '@infrakit/testing/engine'
import t, { type Test } from 'tap'
import { keepDockerChronicle } from '../docker/chronicle.js'
import { containerOf, createDockerWorld, dockerGroup, type DockerWorld } from '../docker/world.js'
import { figure, soaked } from './soak.js'

t.setTimeout(soaked(400_000, 60 * 60_000))

const size = 5
const group = 'web'
const pace = { Updating: { Duration: '30ms', MaxSurge: size }, Healing: { Interval: '100ms' } }
/** Heap that may have come, in MB, and connections that an agent keeps for the next call. */
const allowed = { heapMB: 3, descriptors: 24 }
const megabyte = 1024 * 1024

const descriptorsOf = (pid: number) => readdirSync(`/proc/${pid}/fd`).length

/** What the plugin holds, garbage collected before. */
async function heapOf({ world }: DockerWorld, plugin: StartedProcess): Promise<number> {
  const file = join(world.home, 'probe')
  await rm(file, { force: true })
  plugin.child.kill('SIGUSR2')
  return Number(await waitUntil('the plugin to tell what it holds', () => readFile(file, 'utf8'), 40_000)) / megabyte
}

/** How much more it holds after many containers have come and gone than after a few. */
async function churn(t: Test, count: number, leak = 0) {
  const docker = await createDockerWorld(t)
  const { world, image, namespace } = docker
  const env = {
    NODE_OPTIONS: `--import=${new URL('memory/probe.js', import.meta.url).href}`,
    INFRAKIT_PROBE: join(world.home, 'probe'),
    INFRAKIT_PROBE_LEAK: String(leak),
  }
  const plugin = await docker.start({ env })
  const chronicle = await keepDockerChronicle(t, docker)
  const network = docker.docker('network', 'create', unique('churn'))
  t.teardown(() => docker.docker('network', 'rm', network))
  const world0 = () => ({
    volumes: docker.docker('volume', 'ls', '--quiet', '--filter', `label=${namespace}`),
    dangling: docker.docker('network', 'inspect', '--format', '{{len .Containers}}', network),
  })
  const before0 = world0()
  let version = 0
  async function roll(): Promise<void> {
    version++
    // An anonymous volume, which goes with its container.
    const more = { network_mode: null, networks: [network], volumes: ['/data'] }
    await world.commit(dockerGroup(group, size, containerOf(image, version, more), pace))
    await world.converged(group, version)
  }
  await roll()
  await roll()
  const made = chronicle.ids.size
  const before = { heap: await heapOf(docker, plugin), descriptors: descriptorsOf(plugin.pid) }
  while (chronicle.ids.size - made < count) await roll()
  const after = { heap: await heapOf(docker, plugin), descriptors: descriptorsOf(plugin.pid) }
  const volumes = (await docker.containers()).map(({ id }) =>
    docker.docker('inspect', '--format', '{{range .Mounts}}{{.Name}}{{end}}', id),
  )
  const gone = [...chronicle.ids]
  await docker.destroyGroup(group)
  const left = volumes.filter((name) => docker.docker('volume', 'ls', '--quiet', '--filter', `name=${name}`) !== '')
  t.same(left, [], 'no volume is left')
  t.same(world0(), before0, 'no container is left in the network')
  t.same(await docker.medium.halfMade(), [], 'no note and no half-made container is left')
  t.same(await docker.containers(), [], 'no container is left')
  return {
    heap: after.heap - before.heap,
    descriptors: after.descriptors - before.descriptors,
    made: gone.length - made,
    warned: /MaxListenersExceededWarning/.test(plugin.output()),
  }
}

t.test('containers come and go, and nothing is left of them', needsDocker, async (t) => {
  const { heap, descriptors, made, warned } = await churn(t, soaked(10, 200))
  t.ok(made >= soaked(10, 200), `${made} containers were made`)
  t.ok(heap <= allowed.heapMB, `${heap.toFixed(2)} MB of heap more`)
  t.ok(descriptors <= allowed.descriptors, `${descriptors} descriptors more`)
  t.notOk(warned, 'no listeners pile up')
  figure('containers that came and went', made)
  figure('heap that instance-docker grew by meanwhile (MB)', heap.toFixed(2))
  figure('descriptors that it has more', descriptors)
})

t.test(
  'control: a plugin that keeps something of every request is told from one that does not',
  needsDocker,
  async (t) => {
    const { heap } = await churn(t, 10, 200_000)
    t.ok(heap > allowed.heapMB, `${heap.toFixed(2)} MB more`)
  },
)
