import type { Allocation, InstanceDescription } from '@infrakit/spi'
import type { OptionDefinition } from './command.js'
import { countOption, pairsOption } from './option-values.js'

export interface AllocationOptions {
  readonly size?: string
  readonly logicalIds?: string
}

export const allocationOptions: readonly OptionDefinition[] = [
  { flags: '--size <count>', description: 'number of instances of the group (cattle)' },
  { flags: '--logical-ids <ids>', description: 'logical IDs of the group, with commas between (pets)' },
]

/** How many instances the flavor is to assume: `--size`, `--logical-ids`, or one. Throws `input`. */
export function allocationFrom({ size, logicalIds }: AllocationOptions): Allocation {
  if (logicalIds !== undefined) return { LogicalIDs: logicalIds.split(',') }
  return { Size: countOption('--size', size) ?? 1 }
}

export interface InstanceOptions {
  readonly id?: string
  readonly logicalId?: string
  readonly tags?: readonly string[]
}

export const instanceOptions: readonly OptionDefinition[] = [
  { flags: '--id <id>', description: 'ID of the instance' },
  { flags: '--logical-id <id>', description: 'logical ID of the instance' },
  { flags: '--tags <key=value>', description: 'a tag of the instance; may be given several times', repeat: true },
]

/** The instance that the flavor is asked about. Throws `input`. */
export function instanceFrom({ id = '', logicalId, tags = [] }: InstanceOptions): InstanceDescription {
  return { ID: id, LogicalID: logicalId ?? null, Tags: pairsOption('--tags', tags) }
}
