import { setTimeout as sleep } from 'node:timers/promises'
import { needsDocker } from '@infrakit/testing/engine'
import t from 'tap'
import { createChance, seedFrom } from '../crashes/chance.js'
import { findings, remember } from '../crashes/findings.js'
import { createJournal } from '../crashes/journal.js'
import { keepDockerChronicle } from '../docker/chronicle.js'
import { containerOf, createDockerWorld, dockerGroup } from '../docker/world.js'
import { figure, soaked } from './soak.js'

t.setTimeout(soaked(400_000, 60 * 60_000))

const seed = seedFrom(process.env['INFRAKIT_DOCKER_KILLS_SEED'])
const size = soaked(5, 10)
const group = 'web'
const pace = { Updating: { Duration: '30ms', MaxSurge: 5 }, Healing: { Interval: '100ms' } }

t.test(
  `an update whose plugin is killed at random moments (INFRAKIT_DOCKER_KILLS_SEED=${seed})`,
  needsDocker,
  async (t) => {
    const chance = createChance(seed)
    const rounds = soaked(3, 30)
    const docker = await createDockerWorld(t)
    const { world, image, medium } = docker
    const { env, passes } = await createJournal(t)
    await docker.start({ env })
    const chronicle = await keepDockerChronicle(t, docker)
    const commit = (version: number) => world.commit(dockerGroup(group, size, containerOf(image, version), pace))
    await commit(1)
    await world.converged(group, 1)
    // Nobody is killed in the first update: it tells how long one takes.
    const begun = performance.now()
    await commit(2)
    await world.converged(group, 2)
    const lasts = performance.now() - begun

    const wrong: string[] = []
    const hit = { making: 0, between: 0 }
    for (let round = 0; round < rounds; round++) {
      const before = remember(chronicle)
      const passed = (await passes()).length
      await commit(round + 3)
      // One moment of each part of an update.
      await sleep(((round + chance.draw()) / rounds) * lasts)
      await world.kill('instance-docker')
      const lately = (await passes()).slice(passed)
      const count = (point: string) => lately.filter((one) => one === point).length
      const making = count('serve/Instance.Provision') > count('served/Instance.Provision')
      hit[making ? 'making' : 'between']++
      await world.start('instance-docker', { env })
      await world.converged(group, round + 3)
      const found = await findings(world, chronicle, before, { group, size, made: size }, medium)
      wrong.push(...found.map((what) => `round ${round}: ${what}`))
    }
    t.same(wrong, [], 'nothing was lost, left over or made twice')
    t.ok(hit.making > 0, `${hit.making} kills while containers were being made`)
    figure(`kills of instance-docker in an update of ${size} containers`, rounds)
    figure('of these while containers were being made', hit.making)
  },
)
