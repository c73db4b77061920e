import { lifecycleInterface } from '@infrakit/spi'
import { waitUntil } from '@infrakit/testing'
import { needsDocker } from '@infrakit/testing/engine'
import t, { type Test } from 'tap'
import { containerOf, createDockerWorld, dockerGroup, type DockerWorld, type FoundContainer } from './docker/world.js'

t.setTimeout(120_000)

/** A group looks by itself after 60 s: what is seen sooner was told by an event. */
const soonMs = 25_000
/**
 * Crashes when it is told to, and says why. Out of memory it ends a little after its process that used it up: a busy engine
 * does not hear of it when the container is gone at once.
 */
const fragile = [
  ...['trap "exit 0" TERM; echo ready; while :; do'],
  ...[
    '[ -f /tmp/crash ] && echo "the disk is on fire" && exit 3; [ -f /tmp/eat ] && { tail /dev/zero; sleep 2; exit 137; };',
  ],
  ...['sleep 0.1 & wait $!; done'],
].join(' ')

/** A group of its own with one container, so that no case slows another one down. */
async function groupOf(docker: DockerWorld, id: string): Promise<FoundContainer> {
  const { world, image, containers } = docker
  const limits = { mem_limit: '20m', memswap_limit: '20m' }
  await world.commit(dockerGroup(id, 1, containerOf(image, 1, { command: ['sh', '-c', fragile], ...limits })))
  await world.converged(id)
  const [one] = await containers(id)
  if (!one) throw new Error(`group '${id}' has no container`)
  return one
}

/** Waits for another one in its place, without asking the group, which would make it look. */
async function replaced({ containers }: DockerWorld, group: string, lost: FoundContainer): Promise<void> {
  const isReplaced = async () => {
    const [now, ...more] = await containers(group)
    return now?.id !== lost.id && now?.engineState === 'running' && more.length === 0
  }
  await waitUntil(`${lost.id} to be replaced and removed`, isReplaced, soonMs)
}

interface Loss {
  readonly what: string
  /** What the engine is told. */
  readonly command: (id: string) => string[]
  /** What `describe` says afterwards. */
  readonly told?: readonly RegExp[]
}

const losses: readonly Loss[] = [
  { what: 'killed', command: (id) => ['kill', id], told: [/exited with code 137 \(SIGKILL\)/, /"ready"/] },
  {
    what: 'crashed by itself',
    command: (id) => ['exec', id, 'touch', '/tmp/crash'],
    told: [/exited with code 3"/, /"the disk is on fire"/],
  },
  {
    what: 'out of memory',
    command: (id) => ['exec', id, 'touch', '/tmp/eat'],
    told: [/exited with code 137 \(SIGKILL\): it used more memory than it may/],
  },
  { what: 'stopped by hand', command: (id) => ['stop', id], told: [/exited with code 0/] },
  { what: 'removed by hand', command: (id) => ['rm', '--force', id] },
]

async function heals(t: Test, docker: DockerWorld, { what, command, told = [] }: Loss): Promise<void> {
  const group = what.replaceAll(' ', '-')
  const lost = await groupOf(docker, group)
  docker.docker(...command(lost.id))
  await replaced(docker, group, lost)
  const description = await docker.described(group)
  for (const words of told) t.match(description, words)
  t.match(description, /"Size":1/)
}

t.test('a container that is lost is replaced without waiting for any timer', needsDocker, async (t) => {
  const docker = await createDockerWorld(t)
  await docker.start()
  t.jobs = losses.length
  const tests = losses.map((loss) => t.test(`it was ${loss.what}`, (t) => heals(t, docker, loss)))
  await Promise.all(tests)
  t.same(await docker.medium.halfMade(), [])
})

t.test('a container that was stopped through the plugin is not replaced', needsDocker, async (t) => {
  const docker = await createDockerWorld(t)
  const { world, image, containers } = docker
  await docker.start()
  const one = await groupOf(docker, 'running')
  const lifecycle = await world.plugins.get(lifecycleInterface, 'instance-docker')

  await lifecycle.stop({ Instance: one.id })
  const isBack = async () => (await containers('running'))[0]?.engineState === 'running'
  await waitUntil('it to be started again', isBack, soonMs)
  await world.converged('running')
  t.match(
    await containers('running'),
    [{ id: one.id, engineState: 'running' }],
    'it is started again, for it is wanted',
  )

  const parked = (State: string) =>
    dockerGroup('parked', 2, containerOf(image), { Allocation: { Size: 2, State }, Healing: { Interval: '100ms' } })
  await world.commit(parked('running'))
  await world.converged('parked')
  const before = (await containers('parked')).map(({ id }) => id).sort()
  await world.commit(parked('stopped'))
  await world.converged('parked')
  await world.kill('instance-docker')
  await world.start('instance-docker')
  await world.converged('parked')
  const now = await containers('parked')
  t.same(now.map(({ id }) => id).sort(), before, 'the members of a parked group are kept')
  t.ok(now.every(({ engineState }) => engineState === 'exited'))
  await world.commit(parked('running'))
  await world.converged('parked')
  const again = await containers('parked')
  t.same(again.map(({ id }) => id).sort(), before, 'and started again')
  t.ok(again.every(({ engineState }) => engineState === 'running'))
})
