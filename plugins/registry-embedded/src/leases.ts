import { InfrakitError, type AcquireRequest, type Lease, type LeaseToken } from '@infrakit/spi'
import { beginTerm, carryOver, endOf, isOver, type Clock, type Term } from './clock.js'
import type { Table, Transaction } from './ledger.js'

/** A lease that was acquired, and was not given up; it may have run out. */
export interface HeldLease {
  readonly Lease: Lease
  readonly Term: Term
}

const defaultSeconds = 15

/** The leases of a registry. None of these methods waits: what they say holds at the moment of the transaction. */
export class Leases {
  readonly table: Table<HeldLease>

  constructor(private readonly clock: Clock) {
    this.table = { name: 'lease', revive: (held) => ({ ...held, Term: carryOver(held.Term, clock) }) }
  }

  /** What is left of it; `undefined` when nobody has it, or no longer. */
  current(held: HeldLease | undefined): Lease | undefined {
    return held && !isOver(held.Term, this.clock) ? held.Lease : undefined
  }

  /** Throws `conflict`, saying who has it. */
  acquire(transaction: Transaction, { Name, Owner, Reason, TTLSeconds }: AcquireRequest): Lease {
    const current = this.current(transaction.get(this.table, Name))
    if (current && current.Owner !== Owner) {
      throw new InfrakitError('conflict', `lease '${Name}' is ${heldBy(current)}`, {
        hint: `It is free once it is released, or has not been renewed for ${current.TTLSeconds} s.`,
      })
    }
    const Lease: Lease = {
      Name,
      Owner,
      Reason: Reason ?? '',
      Since: current?.Since ?? this.clock.date().toISOString(),
      TTLSeconds: TTLSeconds ?? defaultSeconds,
      Epoch: transaction.next(),
    }
    return this.#begin(transaction, Lease)
  }

  /** Throws `conflict`. */
  renew(transaction: Transaction, token: LeaseToken): Lease {
    return this.#begin(transaction, this.require(transaction, token))
  }

  release(transaction: Transaction, { Name, Epoch }: LeaseToken): void {
    if (transaction.get(this.table, Name)?.Lease.Epoch === Epoch) transaction.remove(this.table, Name)
  }

  /** Throws `conflict`, saying who has it, unless it is held with this epoch. */
  require(transaction: Transaction, { Name, Epoch }: LeaseToken): Lease {
    const held = transaction.get(this.table, Name)
    const current = this.current(held)
    if (current?.Epoch === Epoch) return current
    const ranOut = held?.Lease.Epoch === Epoch ? 'it has run out' : 'nobody holds it'
    const found = current ? `it is ${heldBy(current)}, epoch ${current.Epoch}` : ranOut
    throw new InfrakitError('conflict', `lease '${Name}' is not held with epoch ${Epoch}: ${found}`, {
      hint: 'Stop what you do on its behalf; acquire it anew, and look at the current state.',
    })
  }

  /** Those that have run out. */
  over(all: readonly HeldLease[]): HeldLease[] {
    return all.filter(({ Term }) => isOver(Term, this.clock))
  }

  /** Milliseconds until the first of those that still run ends; `undefined` when none does. */
  nextEnd(all: readonly HeldLease[]): number | undefined {
    const running = all.filter(({ Term }) => !isOver(Term, this.clock))
    if (running.length === 0) return undefined
    return Math.min(...running.map(({ Term }) => endOf(Term))) - this.clock.now()
  }

  #begin(transaction: Transaction, Lease: Lease): Lease {
    transaction.put(this.table, Lease.Name, { Lease, Term: beginTerm(Lease.TTLSeconds, this.clock) })
    return Lease
  }
}

function heldBy({ Owner, Since, Reason }: Lease): string {
  return `held by '${Owner}' since ${Since}${Reason === '' ? '' : `: ${Reason}`}`
}
