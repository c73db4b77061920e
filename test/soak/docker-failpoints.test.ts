import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tag } from '@infrakit/spi'
import { needsDocker } from '@infrakit/testing/engine'
import t, { type Test } from 'tap'
import { startDoomed } from '../crashes/doomed.js'
import { failpoints } from '../crashes/failpoint-list.js'
import { findings, remember } from '../crashes/findings.js'
import { createJournal } from '../crashes/journal.js'
import { lifeOf, phaseNames, type PhaseName } from '../crashes/life.js'
import { keepDockerChronicle } from '../docker/chronicle.js'
import { createDockerWorld, type DockerWorld } from '../docker/world.js'
import { figure, soaked } from './soak.js'

t.setTimeout(soaked(400_000, 3 * 60 * 60_000))

const plugin = 'instance-docker'
/** In which phase the plugin dies where; in the others it is left alone. */
type Dooms = Partial<Record<PhaseName, string>>

/** One of each kind; the plugin's own tests have all moments of a provision. */
const few: readonly Dooms[] = [
  { converge: 'provision/created', update: 'provision/started', 'scale down': 'served/Instance.Destroy' },
]
const every: readonly Dooms[] = failpoints[plugin].map((point) => ({ [phaseOf(point)]: point }))

/** The first phase that passes it. */
function phaseOf(point: string): PhaseName {
  if (point.startsWith('remove/')) return 'destroy'
  if (point.endsWith('Instance.Destroy')) return 'scale down'
  if (point.endsWith('Lifecycle.Stop')) return 'park'
  return point.endsWith('Lifecycle.Start') ? 'unpark' : 'converge'
}

/** Containers take their time. */
const sizes = soaked({ small: 2, start: 3, large: 4 }, { small: 3, start: 4, large: 7 })

/** A group's life, with deaths on the way. @returns what was wrong after its phases */
async function live(t: Test, docker: DockerWorld, id: string, dooms: Dooms, upTo?: PhaseName): Promise<string[]> {
  const { world, medium } = docker
  const chronicle = await keepDockerChronicle(t, docker)
  const wrong: string[] = []
  for (const phase of lifeOf(world, id, medium, sizes)) {
    const point = dooms[phase.name]
    if (point !== undefined) await world.stop(plugin)
    const doomed = point === undefined ? undefined : await startDoomed(t, world, { plugin, point, pass: 1 })
    await doomed?.ready
    const before = remember(chronicle)
    await phase.run()
    const died = await doomed?.finish()
    if (died !== undefined) t.ok(died, `it died at ${point} while it was to ${phase.name}`)
    const found = await findings(world, chronicle, before, phase, medium)
    wrong.push(...found.map((what) => `${phase.name}, killed at ${point}: ${what}`))
    if (phase.name === upTo) break
  }
  return wrong
}

t.test('an unbroken life passes every failpoint of instance-docker', needsDocker, async (t) => {
  const docker = await createDockerWorld(t)
  const { env, passes } = await createJournal(t)
  await docker.start({ env })
  t.same(await live(t, docker, 'web', {}), [])
  t.same([...new Set(await passes())].sort(), [...failpoints[plugin]].sort())
})

t.test('killed at a failpoint, instance-docker leaves nothing and makes nothing twice', needsDocker, async (t) => {
  const docker = await createDockerWorld(t)
  await docker.start()
  const lives = soaked(few, every)
  for (const [at, dooms] of lives.entries()) {
    const named = phaseNames.flatMap((name) => dooms[name] ?? [])
    const upTo = soaked('scale down', undefined)
    await t.test(named.join(', '), async (t) => t.same(await live(t, docker, `web-${at}`, dooms, upTo), []))
    if (upTo) await docker.destroyGroup(`web-${at}`)
  }
  figure('failpoints at which instance-docker was killed', lives.flatMap((dooms) => Object.keys(dooms)).length)
})

t.test('control: what a crash could leave of containers is found', needsDocker, async (t) => {
  const docker = await createDockerWorld(t)
  const { world, medium, namespace, image } = docker
  await world.start('group')
  const chronicle = await keepDockerChronicle(t, docker)
  const label = 'infrakit.instance-docker'
  const plant = (name: string, tags: Record<string, string>, intent = '') =>
    docker.docker(
      ...['run', '--detach', '--name', `${namespace}-${name}`, '--label', `${label}=${namespace}`],
      ...['--label', `${label}.tags=${JSON.stringify(tags)}`, '--label', `${label}.intent=${intent}`, image],
    )
  const member = { [tag.group]: 'web', [tag.configHash]: 'a', [tag.provision]: 'one' }
  const none = { ids: new Set<string>() }
  const found = (size: number, made: number) => findings(world, chronicle, none, { group: 'web', size, made }, medium)
  plant('member', member)
  plant('double', member)
  plant('stranger', { [tag.group]: 'other' })
  plant('half', { ...member, [tag.provision]: 'two' }, 'abc')
  await writeFile(join(docker.intents, 'abc.json'), '{}')
  t.match(await found(1, 1), [
    'surplus or lack: 2 members, not 1',
    'orphans: 1 belong to nobody',
    'made for nothing: 3 were made where 1 were needed',
    'twice under one key: 2 of one',
    `half made: ${namespace}-half`,
    'half made: intent abc',
  ])
})
