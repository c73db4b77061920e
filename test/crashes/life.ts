import { bootstrapHash, groupInterface, kindOf, type GroupSpec } from '@infrakit/spi'
import { waitUntil } from '@infrakit/testing'
import type { FoundInstance, World } from '../faults/world.js'
import { filesOf, type Medium } from './medium.js'

export const phaseNames = ['converge', 'update', 'scale up', 'scale down', 'park', 'unpark', 'destroy'] as const
export type PhaseName = (typeof phaseNames)[number]

/** One command to a group, and what comes of it. */
export interface Phase {
  readonly name: PhaseName
  readonly group: string
  /** How many instances there are afterwards. */
  readonly size: number
  /** The most that may be there meanwhile. */
  readonly most: number
  /** How many it takes to be made. */
  readonly made: number
  /** Gives the command until it is acknowledged, then waits until it is done. */
  run(): Promise<void>
}

/** How many members a group has after it was scaled down, at first, and after it was scaled up. */
export interface Sizes {
  readonly small: number
  readonly start: number
  readonly large: number
}

const usualSizes: Sizes = { small: 3, start: 4, large: 7 }
/** A restart on a loaded machine, and the longest time until a group looks again by itself. */
const patienceMs = 90_000

/**
 * A group's life: one instance that was made by hand is adopted, the others are made; it is updated, scaled up and down,
 * stopped, started and destroyed. Whether a phase is over is seen from the folder first, as asking the group would make
 * it look.
 */
export function lifeOf(world: World, ID: string, medium: Medium = filesOf(world), sizes: Sizes = usualSizes): Phase[] {
  const group = () => world.plugins.get(groupInterface, 'group')
  const members = async () => medium.instances(ID)

  async function converged(revision: number, size: number): Promise<boolean> {
    const { Description } = await (await group()).describeGroup({ ID })
    return Description.Converged === true && Description.Revision === revision && Description.Size === size
  }

  function phase(
    name: PhaseName,
    { size, most, made }: Pick<Phase, 'size' | 'most' | 'made'>,
    command: () => Promise<unknown>,
    inFolder: (found: readonly FoundInstance[]) => boolean,
    confirmed: () => Promise<boolean>,
  ): Phase {
    async function run() {
      const acknowledged = () => command().then(() => true)
      await waitUntil(`'${name}' to be acknowledged`, acknowledged, patienceMs)
      const done = async () => {
        const found = await members()
        return found.length === size && inFolder(found) && (await confirmed())
      }
      await waitUntil(`'${name}' to be done`, done, patienceMs)
    }
    return { name, group: ID, size, most, made, run }
  }

  const { small, start, large } = sizes
  const commit = (version: number, State?: 'stopped') =>
    world.commit(specOf(ID, medium, { version, Size: start, State }))
  const setSize = async (Size: number) => (await group()).setSize({ ID, Size })
  const hashes = new Set<string | undefined>([bootstrapHash])
  const isNew = ({ hash }: FoundInstance) => !hashes.has(hash)
  const have = (wanted: string | undefined) => (found: readonly FoundInstance[]) =>
    found.every(({ state }) => state === wanted)

  return [
    phase(
      'converge',
      { size: start, most: start, made: start },
      async () => {
        if ((await members()).length === 0) await medium.makeByHand(ID)
        await commit(1)
      },
      (found) => found.every(isNew),
      () => converged(1, start),
    ),
    phase(
      'update',
      { size: start, most: start, made: start },
      async () => {
        if (hashes.size === 1) for (const { hash } of await members()) hashes.add(hash)
        await commit(2)
      },
      (found) => found.every(isNew),
      () => converged(2, start),
    ),
    phase(
      'scale up',
      { size: large, most: large, made: large - start },
      () => setSize(large),
      () => true,
      () => converged(2, large),
    ),
    phase(
      'scale down',
      { size: small, most: large, made: 0 },
      () => setSize(small),
      () => true,
      () => converged(2, small),
    ),
    phase(
      'park',
      { size: small, most: small, made: 0 },
      () => commit(2, 'stopped'),
      have('stopped'),
      () => converged(3, small),
    ),
    phase(
      'unpark',
      { size: small, most: small, made: 0 },
      () => commit(2),
      have(undefined),
      () => converged(4, small),
    ),
    phase(
      'destroy',
      { size: 0, most: small, made: 0 },
      async () => unlessGone((await group()).destroyGroup({ ID })),
      () => true,
      async () => (await unlessGone((await group()).describeGroup({ ID }))) === undefined,
    ),
  ]
}

/** Each new instance has to be well for a moment before the next one goes, so that an update takes its time. */
function specOf(
  ID: string,
  medium: Medium,
  { version, Size, State = 'running' }: { version: number; Size: number; State?: 'stopped' | 'running' | undefined },
): GroupSpec {
  return {
    ID,
    Properties: {
      Allocation: { Size, State },
      Instance: medium.instance(version),
      Flavor: { Plugin: 'flavor-vanilla', Properties: { Init: ['true'] } },
      Updating: { Duration: '30ms' },
      Healing: { Interval: '30ms' },
    },
  }
}

async function unlessGone<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call
  } catch (error) {
    if (kindOf(error) === 'not-found') return undefined
    throw error
  }
}
