import type { GroupProperties, GroupSpec } from '@infrakit/spi'
import { activeRevision, type GroupState } from './state.js'

/**
 * A specification as the original shows it: both ways of allocation present, what was not given left out. Plugin
 * properties are handed on as they came. Two specifications that mean the same look the same.
 *
 * @param size overrides the size that was given
 */
export function plainSpec({ ID, Properties }: GroupSpec, size?: number): GroupSpec {
  const { Instance, Flavor, Allocation, Updating, Healing } = Properties as GroupProperties
  const { Size, LogicalIDs, State } = Allocation
  return {
    ID,
    Properties: {
      Instance,
      Flavor,
      Allocation: {
        Size: size ?? Size ?? 0,
        LogicalIDs: LogicalIDs ?? null,
        ...(State == null ? {} : { State }),
      },
      ...(Updating == null ? {} : { Updating }),
      ...(Healing == null ? {} : { Healing }),
    },
  }
}

/** The specification in force: the active revision's, with a size override applied. */
export function inspectedSpec(state: GroupState): GroupSpec {
  return plainSpec(activeRevision(state).Spec, state.SizeOverride)
}
