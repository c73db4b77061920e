/**
 * The texts by which a commit explains itself. They are the original's: users know them and scripts match them.
 */

export interface Change {
  /** Absent for a group that is not being watched yet. */
  readonly oldSize: number | undefined
  readonly newSize: number
  /** Members whose configuration would be outdated. */
  readonly outdated: number
  readonly sameConfig: boolean
  readonly oldParked: boolean
  readonly newParked: boolean
  /** A size override that the commit would clear. */
  readonly clearedOverride?: number | undefined
}

function parking({ oldParked, newParked, newSize }: Change): string | undefined {
  if (newParked === oldParked) return undefined
  return newParked ? `Stopping ${newSize} instances` : `Starting ${newSize} instances`
}

function scaling({ oldSize = 0, newSize }: Change): string | undefined {
  if (newSize > oldSize) return `Adding ${newSize - oldSize} instances to increase the group size to ${newSize}`
  if (newSize < oldSize) return `Terminating ${oldSize - newSize} instances to reduce the group size to ${newSize}`
  return undefined
}

function then(first: string | undefined, second: string | undefined): string | undefined {
  if (!first || !second) return first ?? second
  return `${first}, then ${second.charAt(0).toLowerCase()}${second.slice(1)}`
}

/** What committing will do, in the original's words: `Managing 5 instances`, `Noop`, ... */
export function explain(change: Change): string {
  const { oldSize, newSize, outdated } = change
  const rolling = (count: number) => (count > 0 ? `Performing a rolling update on ${count} instances` : undefined)
  if (oldSize === undefined) {
    return (
      then(
        change.newParked ? `Managing ${newSize} stopped instances` : `Managing ${newSize} instances`,
        rolling(outdated),
      ) ?? ''
    )
  }
  const kept = Math.min(outdated, newSize)
  const roll = change.newParked ? undefined : rolling(change.sameConfig ? 0 : kept)
  const size = newSize < oldSize ? then(scaling(change), roll) : then(roll, scaling(change))
  const text = then(parking(change), size) ?? 'Noop'
  return change.clearedOverride === undefined
    ? text
    : `${text}, clearing the size override of ${change.clearedOverride}`
}
