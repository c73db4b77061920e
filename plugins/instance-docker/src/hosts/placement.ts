import { InfrakitError } from '@infrakit/spi'
import type { DockerProperties } from '../properties.js'
import type { Size } from '../size.js'

export interface Candidate {
  readonly name: string
  /** Of its engine. */
  readonly labels: Readonly<Record<string, string>>
  /** Instances of the same group that it has, and instances at all. */
  readonly members: number
  readonly instances: number
  /** What it has, and what its instances take of it. */
  readonly capacity: Size
  readonly used: Size
}

function hasRoom({ capacity, used }: Candidate, wanted: Size): boolean {
  return used.memory + wanted.memory <= capacity.memory && used.cpus + wanted.cpus <= capacity.cpus
}

function wordsOf(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ')
}

/** Those that have the labels. Throws `unavailable` when none has. */
export function labelledHosts<T extends Pick<Candidate, 'name' | 'labels'>>(
  candidates: readonly T[],
  { labels }: DockerProperties['placement'],
): readonly T[] {
  const labelled = candidates.filter((one) => Object.entries(labels).every(([key, value]) => one.labels[key] === value))
  if (labelled.length > 0) return labelled
  const names = candidates.map(({ name }) => name).join(', ')
  throw new InfrakitError('unavailable', `no host that can be reached has the label ${wordsOf(labels)}: ${names}`, {
    hint: 'Labels are given to the engine: dockerd --label KEY=VALUE, or "labels" in its daemon.json.',
  })
}

/**
 * Chooses where an instance goes. Pure. Of the hosts that have the labels: with `spread` the one with the fewest
 * instances of the group, then the fewest at all; with `binpack` the one with the most instances that has room for the
 * memory and processors that the instance is limited to. Among equals the first.
 *
 * @throws InfrakitError `unavailable` when no host has the labels, or room
 */
export function chooseHost<T extends Candidate>(
  candidates: readonly T[],
  placement: DockerProperties['placement'],
  wanted: Size,
): T {
  const { strategy } = placement
  const labelled = labelledHosts(candidates, placement)
  const roomy = strategy === 'binpack' ? labelled.filter((one) => hasRoom(one, wanted)) : labelled
  const order =
    strategy === 'binpack'
      ? (a: T, b: T) => b.instances - a.instances
      : (a: T, b: T) => a.members - b.members || a.instances - b.instances
  const [first] = [...roomy].sort(order)
  if (first) return first
  const names = candidates.map(({ name }) => name).join(', ')
  throw new InfrakitError(
    'unavailable',
    `no host has room for the memory and processors of another instance: ${names}`,
    {
      hint: 'Add a host, lower mem_limit or cpus, or use Placement: {Strategy: spread}, which does not mind.',
    },
  )
}
