import type { LeaseToken } from '@infrakit/spi'

/** What this process knows of a lease that was acquired or renewed through it. */
export interface Term {
  readonly epoch: number
  readonly session: string
  /** When its term is over (monotonic ms); `undefined`: it was acquired elsewhere, and Consul alone knows. */
  readonly until: number | undefined
}

/**
 * The terms of leases by this process's own clock. Consul lets a lease run out up to a term late; whoever holds it was
 * promised one term, and is believed no longer than that.
 */
export class Terms {
  readonly #terms = new Map<string, Term>()

  constructor(private readonly now: () => number) {}

  /** @param since when the call began that started the term, so that Consul's own term begins later */
  begin({ Name, Epoch }: LeaseToken, session: string, seconds: number, since: number): void {
    this.#keep(Name, { epoch: Epoch, session, until: since + seconds * 1000 })
  }

  /** Takes note of a lease that somebody else acquired. */
  meet({ Name, Epoch }: LeaseToken, session: string): void {
    this.#keep(Name, { epoch: Epoch, session, until: undefined })
  }

  find({ Name, Epoch }: LeaseToken): Term | undefined {
    const term = this.#terms.get(Name)
    return term?.epoch === Epoch ? term : undefined
  }

  isOver(term: Term): boolean {
    return term.until !== undefined && this.now() >= term.until
  }

  forget({ Name, Epoch }: LeaseToken): void {
    if (this.#terms.get(Name)?.epoch === Epoch) this.#terms.delete(Name)
  }

  #keep(name: string, term: Term): void {
    const known = this.#terms.get(name)
    if (!known || known.epoch <= term.epoch) this.#terms.set(name, term)
  }
}
