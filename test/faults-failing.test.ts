import { health, instanceInterface } from '@infrakit/spi'
import t from 'tap'
import { createFaultyWorld, eventually } from './faults/faulty-world.js'
import type { Fault } from './faults/faulty.js'
import { judges, lists, refuses } from './faults/faults.js'

const world = await createFaultyWorld(t)
world.steady.keepHealing()

const one = { Allocation: { Size: 1 }, Healing: { Interval: '100ms', UnhealthyAfter: 1 } }

/**
 * When the calls came (monotonic ms). Waits double from a second on and are shortened by chance to no less than a half:
 * four tries without success take no less than these, on however slow a machine.
 */
function isPatient(tries: readonly number[]): boolean {
  const least = [0, 500, 1500, 3500]
  return tries.length >= 4 && tries.slice(0, 4).every((at, index) => at - (tries[0] ?? 0) >= (least[index] ?? 0))
}

interface Case {
  readonly name: string
  readonly on: 'plugin' | 'flavor'
  readonly method: string
  readonly fault: Fault
  readonly says: RegExp
  /** The first tries that follow on each other at once: one is taken for chance. */
  readonly chances?: number
}

const cases: readonly Case[] = [
  {
    name: 'whose new members are unhealthy',
    on: 'flavor',
    method: 'Flavor.Healthy',
    fault: judges(() => health.unhealthy, 'port 80 is closed'),
    says: /new members do not last: .* unhealthy \(port 80 is closed\)/,
  },
  {
    name: 'whose new members are gone at once',
    on: 'plugin',
    method: 'Instance.DescribeInstances',
    fault: lists(() => []),
    says: /new members do not last: .* made, and not there/,
    chances: 1,
  },
  {
    name: 'whose specification can never work',
    on: 'plugin',
    method: 'Instance.Provision',
    fault: refuses('no such image'),
    says: /could not create an instance: no such image/,
  },
  {
    name: 'that its flavor cannot prepare',
    on: 'flavor',
    method: 'Flavor.Prepare',
    fault: refuses('no such template'),
    says: /could not create an instance: no such template/,
  },
]

t.test('a group', async (t) => {
  t.jobs = cases.length
  for (const [at, { name, on, method, fault, says, chances = 0 }] of cases.entries()) {
    void t.test(`${name} backs off, says why, and recovers by itself`, async (t) => {
      const group = await world.faulty(`failing-${at}`)
      const lift = group[on].inject(method, fault)
      await world.commit(group.spec(1, one))
      // What is prepared is provisioned, and only then.
      const tries = () => group.flavor.times('Flavor.Prepare')
      await eventually('it to have tried often', () => tries().length >= 4 + chances)
      t.ok(isPatient(tries().slice(chances)), 'it has waited longer each time')
      t.match(await group.says(says), says, 'it says why')
      t.ok((await group.describe()).LastFailure?.RetryAt, 'and when it tries again')
      const healed = world.steady.healed
      await eventually('another group to be healed twice meanwhile', () => world.steady.healed >= healed + 2)
      lift()
      const calls = group.flavor.count('Flavor.Healthy')
      await eventually('it to recover, without being asked', () => {
        return group.ids().length === 1 && group.flavor.count('Flavor.Healthy') > calls
      })
      await group.converged()
      t.equal((await group.describe()).LastFailure, null)
    })
  }
})

t.test('control: somebody who tries again at once is not taken for patient', async (t) => {
  const group = await world.faulty('impatient')
  const instance = await world.plugins.get(instanceInterface, group.plugin.name)
  for (let tries = 0; tries < 4; tries++) await instance.provision({ Spec: { Properties: null, Tags: null, Init: '' } })
  t.notOk(isPatient(group.plugin.times('Instance.Provision')))
})
