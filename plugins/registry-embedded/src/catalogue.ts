import type { ServiceDescription, ServiceEntry, ServiceHealth } from '@infrakit/spi'
import { beginTerm, carryOver, endOf, isOver, type Clock, type Term } from './clock.js'
import type { Table, Transaction } from './ledger.js'

/** A service as it is kept. */
export interface KeptService {
  readonly Service: ServiceEntry
  /** What its check said last, for as long as there is one. */
  readonly Health: ServiceHealth
  /** For how long it is well, where it says so itself. */
  readonly Term?: Term
}

/** The text of a check: the same text, the same check. Empty when there is none. */
export function checkOf({ Check }: ServiceEntry): string {
  if (!Check) return ''
  const { HTTP, TCP, TTLSeconds, IntervalSeconds, TimeoutSeconds } = Check
  return JSON.stringify([HTTP, TCP, TTLSeconds, IntervalSeconds, TimeoutSeconds].map((one) => one ?? null))
}

/** The services of a registry. */
export class Catalogue {
  readonly table: Table<KeptService>
  /** What was seen by the checks of this process: it holds also while it cannot be written down. */
  readonly #seen = new Map<string, { readonly check: string; readonly health: ServiceHealth }>()

  constructor(private readonly clock: Clock) {
    const revive = ({ Term, ...kept }: KeptService) => (Term ? { ...kept, Term: carryOver(Term, clock) } : kept)
    this.table = { name: 'service', revive }
  }

  register(transaction: Transaction, Service: ServiceEntry): void {
    const before = transaction.get(this.table, Service.ID)
    const seconds = Service.Check?.TTLSeconds
    if (typeof seconds === 'number') {
      return transaction.put(this.table, Service.ID, {
        Service,
        Health: 'passing',
        Term: beginTerm(seconds, this.clock),
      })
    }
    const same = before !== undefined && checkOf(before.Service) === checkOf(Service)
    const untried = Service.Check ? 'critical' : 'passing'
    transaction.put(this.table, Service.ID, { Service, Health: same ? before.Health : untried })
  }

  deregister(transaction: Transaction, ID: string): void {
    if (transaction.get(this.table, ID)) transaction.remove(this.table, ID)
  }

  /** Notes what a check found, if the service still has that check. */
  note(transaction: Transaction, ID: string, check: string, Health: ServiceHealth): void {
    const kept = transaction.get(this.table, ID)
    if (kept && checkOf(kept.Service) === check) transaction.put(this.table, ID, { ...kept, Health })
  }

  describe({ Service, Health, Term }: KeptService): ServiceDescription {
    const seen = this.#seen.get(Service.ID)
    if (seen?.check === checkOf(Service)) return { ...Service, Health: seen.health }
    return { ...Service, Health: Term && isOver(Term, this.clock) ? 'critical' : Health }
  }

  /** Takes over what a check found. @returns whether that is news */
  see({ Service, Health }: KeptService, check: string, health: ServiceHealth): boolean {
    if (checkOf(Service) !== check) return false
    const before = this.#seen.get(Service.ID)
    this.#seen.set(Service.ID, { check, health })
    return (before?.check === check ? before.health : Health) !== health
  }

  forget(ID: string): void {
    this.#seen.delete(ID)
  }

  /** Those that should have said that they are well, and did not. */
  silent(all: readonly KeptService[]): KeptService[] {
    return all.filter(({ Term }) => Term && isOver(Term, this.clock))
  }

  /** Milliseconds until the first service that has to say that it is well has not; `undefined` when there is none. */
  nextEnd(all: readonly KeptService[]): number | undefined {
    const running = all.flatMap(({ Term }) => (Term && !isOver(Term, this.clock) ? [endOf(Term)] : []))
    return running.length === 0 ? undefined : Math.min(...running) - this.clock.now()
  }
}
