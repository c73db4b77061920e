import type { Test } from 'tap'
import { eventually, type FaultyGroup, type FaultyWorld } from './faulty-world.js'
import type { Fault, FaultyPlugin } from './faulty.js'

/** What makes a group call a method, and what comes of it when all goes well. */
export interface Occasion {
  readonly method: string
  /** Makes the group call the method. */
  readonly begin: (group: FaultyGroup) => Promise<void>
  /** How many calls of it a group of three then makes that do not wait for each other. */
  readonly calls: number
  /** What the group is to have in the end, and what it has made and destroyed for it. */
  readonly size: number
  readonly made: number
  readonly destroyed: number
}

const heal = { begin: loseOne, calls: 1, size: 3, made: 1, destroyed: 0 }
const shrink = { begin: (group: FaultyGroup) => group.setSize(2), calls: 1, size: 2, made: 0, destroyed: 1 }
const nothing = { begin: async () => undefined, calls: 3, size: 3, made: 0, destroyed: 0 }

export const occasions: readonly Occasion[] = [
  { method: 'Instance.DescribeInstances', ...heal },
  { method: 'Flavor.Prepare', ...heal },
  { method: 'Instance.Provision', ...heal },
  { method: 'Flavor.Healthy', ...nothing },
  { method: 'Flavor.Drain', ...shrink },
  { method: 'Instance.Destroy', ...shrink },
]

export interface Case {
  readonly what: string
  readonly fault: Fault
  /** What `describe` says while it lasts. */
  readonly says: RegExp
  /** The call is carried out whatever is answered: where that can be seen, there is nothing to say. */
  readonly done?: boolean
}

export async function loseOne(group: FaultyGroup): Promise<void> {
  await group.lose(group.ids()[0] ?? '')
}

/** IDs, each once, of the instances that the plugin has made or destroyed, whatever it answered. */
export function made({ plugin }: FaultyGroup): Set<unknown> {
  return new Set(plugin.done('Instance.Provision').map(({ result }) => result.ID))
}
export function destroyed({ plugin }: FaultyGroup): Set<unknown> {
  return new Set(plugin.done('Instance.Destroy').map(({ params }) => params.Instance))
}

/** The one of its plugins that has the method. */
export function pluginOf(group: FaultyGroup, { method }: Occasion): FaultyPlugin {
  return method.startsWith('Flavor') ? group.flavor : group.plugin
}

async function survives(
  t: Test,
  world: FaultyWorld,
  id: string,
  occasion: Occasion,
  { fault, says, done = false }: Case,
) {
  const group = await world.faulty(id)
  await group.commit()
  const before = await group.converged()
  const firstMade = made(group).size
  const { method, begin, size } = occasion
  const lift = pluginOf(group, occasion).inject(method, fault)
  await begin(group)
  // What was done is seen without an answer: the group then has what it wants, and nothing to say for longer.
  const showsItself = done && (method === 'Instance.Destroy' || method === 'Instance.Provision')
  if (showsItself) await eventually('it to be seen', () => group.ids().length === size)
  else t.match(await group.says(says), says, 'it says why')

  const healed = world.steady.healed
  await eventually('another group to be healed twice meanwhile', () => world.steady.healed >= healed + 2)
  const left = new Set(group.ids())
  lift()
  await eventually(
    `${size} members`,
    () => group.ids().length === size && made(group).size === firstMade + occasion.made,
  )
  await group.converged()
  t.equal((await group.describe()).LastFailure, null, 'all is well again')
  t.equal(destroyed(group).size, occasion.destroyed, 'nothing else was destroyed')
  t.equal(made(group).size, firstMade + occasion.made, 'nothing was made twice')
  const kept = before.filter((one) => left.has(one))
  const after = new Set(group.ids())
  t.ok(kept.filter((one) => !after.has(one)).length <= occasion.destroyed, 'the healthy ones are the same')
}

export async function survivesAll(t: Test, world: FaultyWorld, casesOf: (occasion: Occasion) => readonly Case[]) {
  t.jobs = 8
  world.steady.keepHealing()
  for (const [at, occasion] of occasions.entries()) {
    for (const [number, one] of casesOf(occasion).entries()) {
      const name = `${occasion.method} is answered with: ${one.what}`
      void t.test(name, (t) => survives(t, world, `case-${at}-${number}`, occasion, one))
    }
  }
}
