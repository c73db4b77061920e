import type { TxnOperation } from '@infrakit/spi'
import type { KeyOperation } from './client.js'
import type { Places } from './keys.js'

/** Values travel so in transactions. */
export function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}

/** What a change depends on, beside the versions of its keys. */
export interface Holding {
  readonly Name: string
  readonly Epoch: number
  readonly session: string
}

/** Operations for Consul, and for each of them which one of the registry's it carries out; -1: the lease. */
export interface Transaction {
  readonly operations: readonly KeyOperation[]
  readonly origins: readonly number[]
}

/** A version is the index of the last change: when it is the one of the acquisition, nothing has happened to the lease. */
export function holds({ leases }: Places, { Name, Epoch, session }: Holding): KeyOperation[] {
  const Key = `${leases}${Name}`
  return [
    { Verb: 'check-session', Key, Session: session },
    { Verb: 'check-index', Key, Index: Epoch },
  ]
}

/** Writing what is there already is no change to Consul, and gives no new version: other flags make it one. */
function write(Key: string, Value: string, flags: number, IfVersion: number | null | undefined): KeyOperation {
  const entry = { Key, Value: base64(Value), Flags: flags }
  return IfVersion == null ? { Verb: 'set', ...entry } : { Verb: 'cas', Index: IfVersion, ...entry }
}

function translate(keys: string, { Put, Delete, Check }: TxnOperation, flags: number): KeyOperation[] {
  if (Put) return [write(keys + Put.Key, Put.Value, flags, Put.IfVersion)]
  if (Check) {
    const Key = keys + Check.Key
    return [
      Check.Version === 0 ? { Verb: 'check-not-exists', Key } : { Verb: 'check-index', Key, Index: Check.Version },
    ]
  }
  if (!Delete) return []
  const Key = keys + Delete.Key
  const remove = { Verb: 'delete', Key }
  // Consul's own conditional deletion also succeeds where there is nothing.
  return Delete.IfVersion == null ? [remove] : [{ Verb: 'check-index', Key, Index: Delete.IfVersion }, remove]
}

/**
 * The transaction of Consul that does the operations of one of the registry. Pure.
 *
 * @param flags a number that the keys most likely do not have yet
 */
export function transactionOf(
  places: Places,
  wanted: readonly TxnOperation[],
  flags: number,
  holding?: Holding,
): Transaction {
  const first = holding ? holds(places, holding).map((operation) => ({ operation, origin: -1 })) : []
  const rest = wanted.flatMap((one, origin) =>
    translate(places.keys, one, flags).map((operation) => ({ operation, origin })),
  )
  const all = [...first, ...rest]
  return { operations: all.map(({ operation }) => operation), origins: all.map(({ origin }) => origin) }
}

/** The condition of an operation, and its key. */
export function conditionOf({ Put, Delete, Check }: TxnOperation): { Key: string; version: number | undefined } {
  const version = Put?.IfVersion ?? Delete?.IfVersion ?? Check?.Version
  return { Key: (Put ?? Delete ?? Check)?.Key ?? '', version: version ?? undefined }
}
