import { endpointsOf, type Endpoint, type InstanceDescription } from '@infrakit/spi'

/** An instance of a group, as far as requests are concerned. */
export interface Member {
  readonly id: string
  readonly endpoints: readonly Endpoint[]
  /** What its flavor says: it can serve, it cannot, or nobody has said yet. */
  readonly ready: boolean | undefined
  /** It gets no new requests, for it is about to go. Since when (monotonic ms). */
  readonly leavingSince?: number | undefined
  /** When its flavor was last asked (monotonic ms): a listing that is older does not know it. */
  readonly judgedAt: number
}

/** What is known of the members of the groups of one service. */
export class Members {
  readonly #groups = new Map<string, Map<string, Member>>()

  of(group: string): readonly Member[] {
    return [...(this.#groups.get(group)?.values() ?? [])]
  }

  /** Takes down what a flavor said. Answers whether that changes who gets requests. */
  judged(group: string, description: InstanceDescription, ready: boolean | undefined, now: number): boolean {
    const members = this.#membersOf(group)
    const before = members.get(description.ID)
    const endpoints = endpointsOf(description)
    members.set(description.ID, {
      id: description.ID,
      endpoints: endpoints.length > 0 ? endpoints : (before?.endpoints ?? []),
      // Not knowing is no news.
      ready: ready ?? before?.ready,
      leavingSince: before?.leavingSince,
      judgedAt: now,
    })
    return before?.ready !== (ready ?? before?.ready)
  }

  /** It is about to go. */
  leaves(group: string, description: InstanceDescription, now: number): void {
    this.judged(group, description, undefined, now)
    const members = this.#membersOf(group)
    const member = members.get(description.ID)
    if (member) members.set(member.id, { ...member, leavingSince: member.leavingSince ?? now })
  }

  /**
   * Takes down a whole listing: what it does not show is gone, what has stopped or failed serves nobody.
   *
   * @param going members that are being ended
   * @param began when it was asked for (monotonic ms): what was heard since counts
   */
  listed(group: string, descriptions: readonly InstanceDescription[], going: ReadonlySet<string>, began: number): void {
    const before = this.#membersOf(group)
    const now = new Map([...before].filter(([, { judgedAt }]) => judgedAt >= began))
    for (const description of descriptions) {
      if (description.State === 'stopped' || description.State === 'failed') {
        now.delete(description.ID)
        continue
      }
      const known = before.get(description.ID)
      if (known && known.judgedAt >= began) continue
      const endpoints = endpointsOf(description)
      now.set(description.ID, {
        id: description.ID,
        endpoints: endpoints.length > 0 ? endpoints : (known?.endpoints ?? []),
        ready: known?.ready,
        // Whoever was to go and is no longer ended by anybody stays.
        leavingSince: going.has(description.ID) ? known?.leavingSince : undefined,
        judgedAt: known?.judgedAt ?? -Infinity,
      })
    }
    this.#groups.set(group, now)
  }

  forget(group: string): void {
    this.#groups.delete(group)
  }

  #membersOf(group: string): Map<string, Member> {
    const members = this.#groups.get(group) ?? new Map<string, Member>()
    this.#groups.set(group, members)
    return members
  }
}
