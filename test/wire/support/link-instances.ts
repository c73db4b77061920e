import type { InstanceDescription } from '@infrakit/spi'
import { resultOf } from './recording.js'
import { withOurHashes, type IdMap } from './translate.js'

function described(body: string): InstanceDescription[] {
  const description = resultOf(body)?.Description as { Instances?: InstanceDescription[] } | undefined
  return description?.Instances ?? []
}

/** Members of a group that are the same to whoever looks at them. */
function likeness({ LogicalID, Tags }: InstanceDescription): string {
  const own = Object.entries(Tags ?? {}).filter(
    ([name]) => !['infrakit.provision', 'infrakit.logical_id'].includes(name),
  )
  return JSON.stringify([LogicalID ?? null, own.sort()])
}

/** Pairs the members that a recorded `DescribeGroup` shows and were not seen before with live ones that are alike. */
export function linkMembers(ids: IdMap, recorded: string, live: string): void {
  const free = described(live).filter(({ ID }) => ids.recorded(ID) === undefined)
  for (const member of described(withOurHashes(recorded))) {
    if (ids.live(member.ID) !== undefined) continue
    const at = free.findIndex((one) => likeness(one) === likeness(member))
    const [twin] = at < 0 ? [] : free.splice(at, 1)
    if (twin) ids.link(member.ID, twin.ID)
  }
}
