import type { SeenSlot } from './answers.js'
import { slotName, type Slot, type Slots } from './slots.js'

type Seen = ReadonlyMap<string, SeenSlot>

/**
 * Commands of the runtime API that make what HAProxy has in a backend's places what it shall have: first who comes and who
 * gets more, then who gets less, then who goes. None when it has it. Pure.
 */
export function commandsBetween(backend: string, slots: Slots, seen: Seen): string[] {
  const [more, less, out]: [string[], string[], string[]] = [[], [], []]
  slots.forEach((slot, at) => {
    const server = `set server ${backend}/${slotName(at)}`
    const now = seen.get(slotName(at))
    if (!slot || slot.Address === '') {
      if (now && !now.maintenance) out.push(`${server} state maint`)
      return
    }
    const gain = now === undefined || now.maintenance || slot.Weight > now.weight ? more : less
    if (!isThere(slot, now)) gain.push(`${server} addr ${slot.Address} port ${slot.Port}`)
    if (now?.weight !== slot.Weight) gain.push(`${server} weight ${slot.Weight}`)
    if (now === undefined || now.maintenance || now.drain) gain.push(`${server} state ready`)
  })
  return [...more, ...less, ...out]
}

function isThere({ Address, Port }: Slot, now: SeenSlot | undefined): boolean {
  return now !== undefined && now.port === Port && sameAddress(now.address, Address)
}

/** HAProxy writes IPv6 addresses in their shortest form. */
function sameAddress(one: string, other: string): boolean {
  return one === other || (one.includes(':') && shortest(one) === shortest(other))
}

function shortest(address: string): string {
  try {
    return new URL(`http://[${address}]/`).hostname
  } catch {
    return address
  }
}

/**
 * What the next worker shall know of the servers that stay: whether they are well. All else is in its configuration, so that a
 * server that is to have another address or weight gets that.
 *
 * @param wanted places by backend
 */
export function stateFile(wanted: ReadonlyMap<string, Slots>, seen: ReadonlyMap<string, Seen>): string {
  const lines: string[] = []
  for (const [backend, servers] of seen) {
    const slots = wanted.get(backend)
    for (const [name, now] of servers) {
      const slot = slots?.[Number(name.slice(1)) - 1]
      if (slots && (!slot || now.maintenance || !isThere(slot, now))) continue
      const columns = [...now.columns]
      if (slot) {
        columns[6] = '0'
        columns[7] = columns[8] = String(slot.Weight)
      }
      lines.push(columns.join(' '))
    }
  }
  return `${emptyStateFile}${lines.map((line) => `${line}\n`).join('')}`
}

export const emptyStateFile = '1\n'
