import { instanceInterface } from '@infrakit/spi'
import { skipFor, waitUntil } from '@infrakit/testing'
import { docker, testImage } from '@infrakit/testing/engine'
import t from 'tap'
import { createComposeProject } from '../environment/compose-project.js'
import { createRealWorld } from '../environment/real-world.js'
import { figure, soaked } from './soak.js'

t.setTimeout(soaked(240_000, 60 * 60_000))

const skip = skipFor(['docker', 'compose', 'busybox'])
const size = 3
const rounds = soaked(1, 20)

const waits = ['sh', '-c', 'trap "exit 0" TERM; sleep 1000 & wait $$!']

t.test(
  'a user who does what they like in the project of a group: it heals, and makes no more than was lost',
  { skip },
  async (t) => {
    const service = { image: testImage('busybox'), command: waits }
    const project = await createComposeProject(t, { app: { ...service, depends_on: ['db'] }, db: service })
    const world = await createRealWorld(t, 120_000)
    for (const name of ['group', 'flavor-vanilla', 'instance-compose'] as const) await world.start(name)
    let born = 0
    const count = () => world.hear('instance-compose', 'instance/created', () => void born++)
    await count()
    const Properties = { Files: project.file, Project: project.name, Service: 'app', As: 'blue' }
    await (
      await world.group()
    ).commitGroup({
      Spec: {
        ID: 'web',
        Properties: {
          Allocation: { Size: size },
          Instance: { Plugin: 'instance-compose', Properties },
          Flavor: { Plugin: 'flavor-vanilla', Properties: {} },
          Healing: { Interval: '100ms' },
        },
      },
    })
    await world.settled('web', size)
    const ids = async () => {
      const instance = await world.plugins.get(instanceInterface, 'instance-compose')
      return (await instance.describeInstances({})).Descriptions.map(({ ID }) => ID)
    }
    const all = ['-p', project.name]
    const deeds: [what: string, lost: number, deed: () => Promise<unknown>][] = [
      ['up', 0, () => project.compose('up', '--detach')],
      ['stop', 0, () => project.compose('stop', '-t', '0')],
      ['down', 0, () => project.compose('down', '-t', '0')],
      ['up --remove-orphans', size, () => project.compose('up', '--detach', '--remove-orphans')],
      ['down --remove-orphans', size, () => project.compose('down', '-t', '0', '--remove-orphans')],
      ['rm of one', 1, async () => docker('rm', '-f', (await ids())[0] ?? '')],
      ['down without the file', size, async () => docker('compose', ...all, 'down', '-t', '0')],
      ['SIGKILL of the plugin', 0, () => world.restart('instance-compose')],
    ]
    const short = ['up', 'up --remove-orphans', 'down without the file']
    const done = deeds.filter(([what]) => soaked(short.includes(what), true))
    let [made, lost] = [0, 0]
    for (let round = 0; round < rounds; round++) {
      for (const [what, expected, deed] of deeds) {
        const before = new Set(await ids())
        born = 0
        await deed().catch(() => undefined)
        // What they removed is one after the other: the first may be back before the last has gone.
        await waitUntil(
          `${what}: the group to be whole`,
          async () => {
            const now = await ids()
            return now.filter((id) => !before.has(id)).length >= expected && now.length === size
          },
          120_000,
        )
        await world.settled('web', size)
        t.ok((await ids()).filter((id) => before.has(id)).length === size - expected, `${what}: ${expected} are others`)
        t.ok(born <= 2 * expected, `${what}: no storm, ${born} were made for ${expected}`)
        made += born
        lost += expected
      }
    }
    const networks = docker('network', 'ls', '-q', '--filter', `label=com.docker.compose.project=${project.name}`)
    t.equal(networks.split('\n').filter(Boolean).length, 1, 'there is one network')
    figure(`replicas that users took away in ${rounds * done.length} deeds`, lost)
    figure('replicas that were made for them', made)
  },
)
