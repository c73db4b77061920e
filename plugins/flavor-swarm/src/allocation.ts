import { InfrakitError, type Allocation, type Attachment } from '@infrakit/spi'
import { everyInstance, type SwarmProperties } from './properties.js'

export type Role = 'manager' | 'worker'

/** What stands in a script and in labels as it is. */
const plain = /^[A-Za-z0-9.:_-]+$/

function refuse(path: string, message: string, hint: string): InfrakitError {
  return new InfrakitError('input', `${path}: ${message}`, { path, hint })
}

function checkIDs(ids: readonly string[]): void {
  for (const [at, id] of ids.entries()) {
    const path = `Allocation.LogicalIDs[${at}]`
    if (!plain.test(id))
      throw refuse(path, `'${id}' is no address and no name of a host`, 'Take letters, digits, . : _ -')
    if (ids.indexOf(id) !== at) throw refuse(path, `'${id}' is there twice`, 'Each instance has one of its own.')
  }
}

function checkAttachments(ids: readonly string[], attachments: SwarmProperties['attachments']): void {
  const seen = new Set<string>()
  for (const [id, list] of Object.entries(attachments)) {
    const path = `Properties.Attachments.${id}`
    if (id !== everyInstance && !ids.includes(id)) {
      throw refuse(path, `the group has no logical ID '${id}'`, `Its logical IDs are ${ids.join(', ') || 'none'}.`)
    }
    for (const { ID } of list) {
      if (seen.has(ID)) throw refuse(path, `'${ID}' is attached twice`, 'Attach it to one instance.')
      seen.add(ID)
    }
  }
}

/** Checks what is to be against the group's size or logical IDs. Throws `input`, naming the field. */
export function checkAllocation(
  role: Role,
  allocation: Allocation | null | undefined,
  properties: SwarmProperties,
): void {
  const ids = allocation?.LogicalIDs ?? []
  if (role === 'manager' && allocation && ids.length % 2 === 0) {
    const hint = 'More than half of the managers have to be there: an even number survives no more than one less.'
    throw refuse('Allocation.LogicalIDs', `managers need an odd number of logical IDs, there are ${ids.length}`, hint)
  }
  checkIDs(ids)
  checkAttachments(ids, properties.attachments)
}

/** What the instance of a logical ID gets. */
export function attachmentsFor(id: string | null | undefined, { attachments }: SwarmProperties): Attachment[] {
  const own = id && Object.hasOwn(attachments, id) ? (attachments[id] ?? []) : []
  const all = Object.hasOwn(attachments, everyInstance) ? (attachments[everyInstance] ?? []) : []
  return [...own, ...all]
}
