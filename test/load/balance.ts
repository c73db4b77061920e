import type { Endpoint, GroupDescription, InstanceDescription } from '@infrakit/spi'

/** Which instance has which slot, and whether it still takes new requests. */
export type Seats = ReadonlyMap<string, { readonly slot: string; readonly taking: boolean }>

export interface Step {
  readonly commands: readonly string[]
  readonly seats: Seats
  /** Whether members are coming that are not healthy yet: nobody tells when they are. */
  readonly lookAgain: boolean
}

export interface BalanceOptions {
  readonly slots: readonly string[]
  /** Whether a member that is about to be ended is taken out before; else once it has gone. */
  readonly heedsLeaving: boolean
}

function endpointOf({ Properties }: InstanceDescription): Endpoint | undefined {
  return (Properties as { Endpoints?: Endpoint[] } | undefined)?.Endpoints?.[0]
}

/** What the proxy has to be told so that it serves what is healthy and stays: those that come first, then those that go. Pure. */
export function balance(description: GroupDescription, before: Seats, options: BalanceOptions): Step {
  const { Instances, Health, Activities } = description
  const there = new Set(Instances.map(({ ID }) => ID))
  const leaving = new Set(
    options.heedsLeaving ? (Activities ?? []).flatMap((a) => (a.Action === 'destroy' ? [a.Instance] : [])) : [],
  )
  const seats = new Map(before)
  const [ready, drain, out]: [string[], string[], string[]] = [[], [], []]
  for (const [id, seat] of before) {
    const server = `set server web/${seat.slot} state`
    if (!there.has(id)) {
      out.push(`${server} maint`)
      seats.delete(id)
    } else if (leaving.has(id) && seat.taking) {
      drain.push(`${server} drain`)
      seats.set(id, { ...seat, taking: false })
    }
  }
  // A slot that has just become free is not used in the same step.
  const taken = new Set([...before.values()].map(({ slot }) => slot))
  const free = options.slots.filter((slot) => !taken.has(slot))
  let lookAgain = false
  for (const instance of Instances) {
    const { ID } = instance
    if (seats.has(ID) || leaving.has(ID)) continue
    const endpoint = endpointOf(instance)
    const slot = Health?.[ID] === 'healthy' && endpoint ? free.shift() : undefined
    if (slot === undefined || !endpoint) {
      lookAgain = true
      continue
    }
    ready.push(`set server web/${slot} addr ${endpoint.Host} port ${endpoint.Port}`)
    ready.push(`set server web/${slot} state ready`)
    seats.set(ID, { slot, taking: true })
  }
  return { commands: [...ready, ...drain, ...out], seats, lookAgain }
}
