import { crc32 } from 'node:zlib'
import type { Published } from '@infrakit/rpc'
import type { ServiceDescription } from '@infrakit/spi'
import type { ConsulEntry } from './answers.js'
import type { Places } from './keys.js'

/** What was seen, by name, each with what tells one state of it from another. */
export type Seen = ReadonlyMap<string, string>

export interface Change {
  readonly name: string
  readonly what: 'changed' | 'gone'
}

/** What is other than before. Pure. */
export function changesBetween(before: Seen, after: Seen): Change[] {
  const changed = [...after].filter(([name, state]) => before.get(name) !== state).map(([name]) => name)
  const gone = [...before.keys()].filter((name) => !after.has(name))
  return [
    ...changed.map((name) => ({ name, what: 'changed' as const })),
    ...gone.map((name) => ({ name, what: 'gone' as const })),
  ]
}

/**
 * Keys and leases, by their whole names: their index is another after each change. Where all was lost and begun anew an
 * index may come back, with another value.
 */
export function seenKeys(entries: readonly ConsulEntry[]): Seen {
  return new Map(entries.map(({ Key, ModifyIndex, Value }) => [Key, `${ModifyIndex}.${crc32(Value ?? '')}`]))
}

/** Services, by their names. */
export function seenServices(services: readonly ServiceDescription[]): Seen {
  const byName = new Map<string, ServiceDescription[]>()
  for (const one of services) byName.set(one.Name, [...(byName.get(one.Name) ?? []), one])
  return new Map([...byName].map(([name, all]) => [name, JSON.stringify(all)]))
}

/** The hint that tells of a key or a lease; nothing for what only stands beside them. */
export function keyHint({ keys, leases }: Places, { name, what }: Change): Published | undefined {
  if (name.startsWith(leases)) return hint('leases', name.slice(leases.length), what)
  return name.startsWith(keys) && !name.endsWith('/') ? hint('keys', name.slice(keys.length), what) : undefined
}

export function serviceHint({ name, what }: Change): Published {
  return hint('services', name, what)
}

function hint(kind: 'keys' | 'leases' | 'services', ID: string, Type: string): Published {
  return { Topic: `registry/${kind}/${ID}`, Type, ID, Message: `${ID}: ${Type}` }
}

function isBelow(topic: string, above: string): boolean {
  return above === '' || topic === above || topic.startsWith(`${above}/`)
}

/** Hints that reach everybody who listens to something of these topics, and say no more than that. Pure. */
export function looksAgain(topics: readonly string[], listenedTo: readonly string[]): Published[] {
  const reached = topics.flatMap((topic) =>
    listenedTo.flatMap((wanted) => (isBelow(wanted, topic) ? [wanted] : isBelow(topic, wanted) ? [topic] : [])),
  )
  return [...new Set(reached)].map((Topic) => ({ Topic, Type: 'changed', ID: '', Message: 'look again' }))
}
