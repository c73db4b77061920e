import type { Group } from '@infrakit/spi'
import type { GroupInFile } from '../files/groups.js'
import { answerAbout } from '../files/source-error.js'
import { combineErrors } from '../output/combine-errors.js'

export interface Committed {
  readonly id: string
  /** What the plugin does, or would do, in its words. */
  readonly details: string
  /** The revision now in force; absent when pretending, and from plugins that keep none. */
  readonly revision?: number
}

/** What committing each group would involve. Throws one error that holds the complaints about all of them. */
export async function pretendAll(group: Group, groups: readonly GroupInFile[]): Promise<Committed[]> {
  const results = await Promise.allSettled(groups.map((one) => commitOne(group, one, true)))
  const complaints = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
  if (complaints.length > 0) throw combineErrors(complaints)
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
}

/** Commits the groups in order, and none of them when one would be refused. */
export async function commitAll(group: Group, groups: readonly GroupInFile[]): Promise<Committed[]> {
  await checkAll(group, groups)
  const committed: Committed[] = []
  for (const one of groups) committed.push(await commitOne(group, one, false))
  return committed
}

/** Makes sure that none of several groups would be refused; a single one is checked by its own commit. */
export async function checkAll(group: Group, groups: readonly GroupInFile[]): Promise<void> {
  if (groups.length > 1) await pretendAll(group, groups)
}

export async function commitOne(group: Group, { source, spec }: GroupInFile, pretend: boolean): Promise<Committed> {
  const { Details, Revision } = await answerAbout(source, group.commitGroup({ Spec: spec, Pretend: pretend }))
  return { id: spec.ID, details: Details, ...(Revision == null ? {} : { revision: Revision }) }
}
