import type { ListedContainer } from '@infrakit/docker'
import type { ContainerSettings } from './settings.js'

/** What a container may use at most; 0 where that is not limited. */
export interface Size {
  /** Bytes. */
  readonly memory: number
  readonly cpus: number
}

/** Where the engine's list, which says nothing of limits, has them: `268435456,0.5`. */
export const sizeLabel = 'infrakit.instance-docker.size'

export function sizeOf({ hostConfig }: Pick<ContainerSettings, 'hostConfig'>): Size {
  return { memory: Number(hostConfig['Memory'] ?? 0), cpus: Number(hostConfig['NanoCpus'] ?? 0) / 1e9 }
}

/** The label that says it, none where nothing is limited. */
export function labelOfSize({ memory, cpus }: Size): Record<string, string> {
  return memory > 0 || cpus > 0 ? { [sizeLabel]: `${memory},${cpus}` } : {}
}

export function listedSize({ labels }: Pick<ListedContainer, 'labels'>): Size {
  const [memory, cpus] = (labels[sizeLabel] ?? '').split(',').map(Number)
  return { memory: memory || 0, cpus: cpus || 0 }
}

export function sumOf(sizes: readonly Size[]): Size {
  return sizes.reduce((a, b) => ({ memory: a.memory + b.memory, cpus: a.cpus + b.cpus }), { memory: 0, cpus: 0 })
}
