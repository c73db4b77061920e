import {
  InfrakitError,
  type DeleteOperation,
  type PutOperation,
  type RegistryEntry,
  type TxnOperation,
} from '@infrakit/spi'
import type { Table, Transaction } from './ledger.js'

export const keys: Table<RegistryEntry> = { name: 'key', revive: (entry) => entry }

/** Gives the key's new version. Throws `conflict`. */
export function put(transaction: Transaction, { Key, Value, IfVersion }: PutOperation): number {
  requireVersion(transaction, Key, IfVersion)
  const Version = transaction.next()
  transaction.put(keys, Key, { Key, Value, Version })
  return Version
}

/** Throws `conflict`. */
export function remove(transaction: Transaction, { Key, IfVersion }: DeleteOperation): void {
  requireVersion(transaction, Key, IfVersion)
  // What is not there is not written about, and nobody is told of it.
  if (transaction.get(keys, Key)) transaction.remove(keys, Key)
}

/** Carries out one operation; gives the version of a put. Throws `conflict`. */
export function operate(transaction: Transaction, { Put, Delete, Check }: TxnOperation): number[] {
  if (Put) return [put(transaction, Put)]
  if (Delete) remove(transaction, Delete)
  else if (Check) requireVersion(transaction, Check.Key, Check.Version)
  return []
}

function requireVersion(transaction: Transaction, key: string, wanted: number | null | undefined): void {
  if (wanted === undefined || wanted === null) return
  const version = transaction.get(keys, key)?.Version ?? 0
  if (version === wanted) return
  const found = version === 0 ? 'there is no such key' : `it is at version ${version}`
  const expected = wanted === 0 ? 'not to be there' : `to be at version ${wanted}`
  throw new InfrakitError('conflict', `key '${key}' was expected ${expected}; ${found}`, {
    hint: 'Get it again, and decide anew.',
  })
}
