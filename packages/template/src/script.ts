import { InfrakitError, messageOf, type Allocation } from '@infrakit/spi'
import type { Template } from './parse.js'
import type { Expression } from './tree.js'

const path = 'Properties.InitScriptTemplateURL'

/** Runs `work` on the template of `InitScriptTemplateURL`; what is wrong with it is said with that field. */
export function inScriptTemplate<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof InfrakitError && error.kind !== 'input') throw error
    const hint = error instanceof InfrakitError ? error.hint : undefined
    throw new InfrakitError('input', `${path}: ${messageOf(error)}`, { path, hint, cause: error })
  }
}

function isLogicalID(value: Expression): boolean {
  return value.kind === 'field' && value.name === 'LogicalID' && value.of.kind === 'dot'
}

/** A group of cattle would fail at every single instance, so it is told before it is committed. Throws `input`. */
export function refuseLogicalID({ nodes }: Template, allocation: Allocation | null | undefined): void {
  if (!allocation?.Size || allocation.LogicalIDs?.length) return
  const node = nodes.find((one) => one.kind === 'print' && isLogicalID(one.value))
  if (node?.kind !== 'print') return
  const message = `${path}: line ${node.line}: ${node.action} has no value: the group has a Size and no LogicalIDs`
  throw new InfrakitError('input', message, {
    path,
    hint: 'Give the group LogicalIDs, or take the action out.',
  })
}
