import { createAlarm, type Alarm } from './alarm.js'
import type { Catalogue } from './catalogue.js'
import { leaseHint, serviceHint } from './hints.js'
import type { Ledger } from './ledger.js'
import type { Leases } from './leases.js'
import type { Surroundings } from './plugin.js'

export interface Expiry {
  /** Leases have changed. */
  readonly leases: Alarm
  /** Services have changed. */
  readonly services: Alarm
}

/** Tells when a lease has run out, and when a service has not said in time that it is well. */
export function watchExpiry(
  ledger: Ledger,
  leases: Leases,
  catalogue: Catalogue,
  { log, publish }: Surroundings,
): Expiry {
  const told = new WeakSet<object>()
  const isNews = (one: object) => !told.has(one) && told.add(one) !== undefined

  /** It counts no more, whether it can be removed or not. */
  function tellLeases(): void {
    const over = leases.over(ledger.list(leases.table)).filter(isNews)
    for (const { Lease } of over) publish(leaseHint(Lease.Name, 'expired'))
    if (over.length === 0) return
    const sweeping = ledger.change((transaction) => {
      for (const { Lease } of over) {
        const held = transaction.get(leases.table, Lease.Name)
        if (held?.Lease.Epoch === Lease.Epoch && !leases.current(held)) transaction.remove(leases.table, Lease.Name)
      }
    })
    sweeping.catch((err: unknown) => log.warn({ err }, 'leases that have run out could not be removed'))
  }

  function tellServices(): void {
    const silent = catalogue.silent(ledger.list(catalogue.table)).filter(isNews)
    for (const kept of silent) publish(serviceHint(kept, 'changed'))
  }

  tellLeases()
  tellServices()
  return {
    leases: createAlarm(() => leases.nextEnd(ledger.list(leases.table)), tellLeases),
    services: createAlarm(() => catalogue.nextEnd(ledger.list(catalogue.table)), tellServices),
  }
}
