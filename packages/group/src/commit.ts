import { InfrakitError } from '@infrakit/spi'
import type { GroupController } from './controller.js'
import { marshalIndent } from './go-json.js'
import type { Settings } from './settings.js'
import { plainSpec } from './spec.js'
import { activeRevision, type GroupState, type StoredRevision } from './state.js'
import type { Target } from './target.js'

/**
 * Throws `conflict` where the instances that a group has would be left to nobody: what one instance plugin made, another
 * neither lists nor destroys.
 */
export async function refuseToAbandon(
  controller: GroupController | undefined,
  { properties }: Settings,
): Promise<void> {
  const [from, to] = [controller?.target.instance.Plugin, properties.Instance.Plugin]
  if (!controller || from === to || !(await controller.mayHaveMembers())) return
  const { ID } = controller.state
  throw new InfrakitError('conflict', `Group '${ID}' has instances of '${from}', which '${to}' would not look after`, {
    path: 'Properties.Instance.Plugin',
    hint:
      `commit it with another ID and destroy '${ID}' when the new one serves; or, where '${to}' is the same plugin under ` +
      `another name: infrakit group free ${ID}, then commit it`,
  })
}

/** The size override that a commit clears: one stands until another size is committed. */
export function clearedOverride(state: GroupState, old: Target | undefined, settings: Settings): number | undefined {
  return old && old.settings.size !== settings.size ? state.SizeOverride : undefined
}

/** Whether committing would change nothing at all. */
export function isSame(state: GroupState, next: StoredRevision): boolean {
  const active = activeRevision(state)
  const text = ({ Spec }: StoredRevision) => marshalIndent(plainSpec(Spec), '', '')
  return !state.Halted && !state.RolledBack && active.ConfigHash === next.ConfigHash && text(active) === text(next)
}
