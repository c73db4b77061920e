import { createHash, randomBytes } from 'node:crypto'
import { tag, type PrepareRequest, type Tags } from '@infrakit/spi'
import type { Role } from './allocation.js'

/** Tag of an instance and label of its engine: what ties the one to the other. The original's names. */
export const linkLabel = 'infrakit-link'
const contextLabel = 'infrakit-link-context'
export const swarmTag = 'swarm-id'
/** Label of the engine: which member of which group it is. Others that have it are its predecessors. */
export const memberLabel = 'infrakit-member'

/**
 * The link of the instance that is prepared. The same provision has the same one; a group that shows no key gets another one
 * each time, as from the original.
 */
export function linkFor({ Spec }: Pick<PrepareRequest, 'Spec'>): string {
  const key = Spec.Tags?.[tag.provision]
  if (!key) return randomBytes(8).toString('hex')
  return createHash('sha256').update(key).digest('hex').slice(0, 16)
}

export function linkTags(link: string, role: Role, swarmID: string | undefined): Tags {
  const context = { [linkLabel]: link, [contextLabel]: `swarm::${swarmID ?? '?'}::${role}` }
  return swarmID === undefined ? context : { ...context, [swarmTag]: swarmID }
}

/** Which member of its group an instance is; `undefined` for cattle. */
export function memberOf({ Spec, Index }: Pick<PrepareRequest, 'Spec' | 'Index'>): string | undefined {
  const group = Index?.Group || Spec.Tags?.[tag.group]
  return Spec.LogicalID ? `${group ?? ''}/${Spec.LogicalID}` : undefined
}

/** `name=value`, as an engine wants its labels; the link comes first. */
export function engineLabels(
  wanted: Readonly<Record<string, string>>,
  link: string,
  role: Role,
  swarmID: string | undefined,
  member: string | undefined,
): string[] {
  const { [linkLabel]: own, [contextLabel]: context } = linkTags(link, role, swarmID)
  const ours = { [linkLabel]: own, [contextLabel]: context, ...(member ? { [memberLabel]: member } : {}) }
  const labels = { ...ours, ...wanted }
  return Object.entries(labels).map(([name, value]) => `${name}=${value}`)
}
