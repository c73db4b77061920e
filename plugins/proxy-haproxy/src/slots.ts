import type { SettledRoute } from '@infrakit/proxy'
import { weightsFor } from './weights.js'

/** What a worker had counted for the last server of a slot. */
export interface Base {
  readonly Worker: number
  readonly Counters: Readonly<Record<string, number>>
}

/** A server in one of the places that HAProxy has for a route's servers. */
export interface Slot {
  readonly Backend: string
  readonly Name: string
  readonly Host: string
  readonly Port: number
  /** What `Host` stands for; '' while nobody knows. */
  readonly Address: string
  /** HAProxy's: 0 gets nothing new. */
  readonly Weight: number
  /** By hand. */
  readonly Drained: boolean
  /** The route has ceased to name it; it finishes what it has. */
  readonly Leaving: boolean
  readonly Base?: Base | undefined
}

export type Slots = readonly (Slot | null)[]

/** What is known of a route's places before its servers are given theirs. */
export interface Known {
  readonly slots: Slots
  /** Whether nothing is under way in a place, in any worker. */
  idle(at: number): boolean
  /** What was counted there. */
  base(at: number): Base | undefined
}

export const slotName = (at: number) => `s${at + 1}`

/** Twice as many as there are servers: when all are exchanged, the old ones and the new ones have room. */
export function slotsFor(servers: number): number {
  return Math.max(8, Math.ceil((servers * 2) / 4) * 4)
}

/**
 * Gives each server of a route a place. One that has a place keeps it; one that the route has ceased to name keeps it as well
 * until nothing is under way there. There are more places than before only when they do not suffice. Pure.
 */
export function placeServers(route: SettledRoute, known: Known, addressOf: (host: string) => string): Slots {
  const servers = route.backends.flatMap((backend) => backend.servers.map((one) => ({ ...one, backend: backend.name })))
  const weights = weightsFor(servers.map(({ share }) => share))
  const wanted = servers.map((one, at): Slot => ({
    Backend: one.backend,
    Name: one.name,
    Host: one.host,
    Port: one.port,
    Address: addressOf(one.host),
    Weight: weights[at] ?? 0,
    Drained: one.drained,
    Leaving: false,
  }))
  const slots: (Slot | null)[] = known.slots.map((slot, at) => leave(slot, known.idle(at)))
  const homeless = wanted.filter((one) => {
    const at = known.slots.findIndex((slot) => slot !== null && isSame(slot, one))
    if (at >= 0) slots[at] = { ...one, Base: known.slots[at]?.Base }
    return at < 0
  })
  const free = slots.flatMap((slot, at) => (slot === null ? [at] : []))
  if (homeless.length > free.length) {
    const count = Math.max(slotsFor(servers.length), slots.length + homeless.length - free.length)
    for (let at = slots.length; at < count; at++) free.push(slots.push(null) - 1)
  }
  homeless.forEach((one, i) => {
    const at = free[i] ?? 0
    slots[at] = { ...one, Base: known.base(at) }
  })
  return slots
}

function leave(slot: Slot | null, idle: boolean): Slot | null {
  if (slot === null || (slot.Leaving && idle)) return null
  return { ...slot, Weight: 0, Leaving: true }
}

/** Another address is another server. */
function isSame(one: Slot, other: Slot): boolean {
  return one.Name === other.Name && one.Host === other.Host && one.Port === other.Port
}
