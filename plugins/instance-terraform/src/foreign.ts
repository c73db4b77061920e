import type { Plan } from './terraform.js'
import { instanceIn } from './state.js'

type Change = Plan['changes'][number]

/** Whose resource it is, by its address. Modules are the user's. */
export function ownerOf(address: string): string | undefined {
  const [, name] = /^[^.]+\.([^.[]+)(?:\[.*\])?$/.exec(address) ?? []
  return name === undefined ? undefined : instanceIn(name)
}

/**
 * What a plan would do that nobody asked for: change or remove resources of the user's, on which an instance depends and
 * whose configuration was changed and not applied, or replace an instance that is only to get a label. What is not there
 * yet and an instance depends on may be made.
 *
 * @param mayGo IDs of instances that may lose resources
 * @param ours IDs of instances that the plan is about
 */
export function unasked(
  { changes }: Pick<Plan, 'changes'>,
  { ours, mayGo }: { readonly ours: ReadonlySet<string>; readonly mayGo: ReadonlySet<string> },
): Change[] {
  return changes.filter(({ address, actions }) => {
    const owner = ownerOf(address)
    if (owner !== undefined && ours.has(owner)) return actions.includes('delete') && !mayGo.has(owner)
    return actions.includes('update') || actions.includes('delete')
  })
}

export function wordsOfChanges(changes: readonly Change[]): string {
  const words = (actions: readonly string[]) =>
    actions.includes('delete') ? (actions.includes('create') ? 'replace' : 'destroy') : 'update'
  return changes.map(({ address, actions }) => `${words(actions)} ${address}`).join(', ')
}
