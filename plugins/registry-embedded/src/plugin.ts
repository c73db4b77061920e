import type { Published } from '@infrakit/rpc'
import type { Registry, ServiceHealth } from '@infrakit/spi'
import { Catalogue, type KeptService } from './catalogue.js'
import { Checks } from './checks.js'
import { systemClock, type Clock } from './clock.js'
import { openDatabase, type Database } from './database.js'
import { watchExpiry } from './expiry.js'
import { hintsOf, serviceHint } from './hints.js'
import { keys, operate, put, remove } from './keys.js'
import { Leases } from './leases.js'
import { Ledger } from './ledger.js'

/** What a registry has from whoever runs it. */
export interface Surroundings {
  readonly log: { warn(fields: object, message: string): void }
  readonly publish: (event: Published) => void
}

export interface RegistryOptions extends Surroundings {
  /** Nobody else may use this folder. */
  readonly dir: string
  readonly clock?: Clock
  /** Where it is kept. Default: a database in that folder. */
  readonly open?: (dir: string) => Promise<Database>
}

export interface EmbeddedRegistry {
  readonly registry: Registry
  /** Waits for the changes under way, and closes the database. */
  stop(): Promise<void>
}

/** A registry in a folder. Throws `StoreError` when that cannot be used. */
export async function createRegistry(options: RegistryOptions): Promise<EmbeddedRegistry> {
  const { dir, log, publish, clock = systemClock(), open = openDatabase } = options
  const [leases, catalogue] = [new Leases(clock), new Catalogue(clock)]
  const database = await open(dir)
  const ledger = await Ledger.open(database, [keys, leases.table, catalogue.table])
  const expiry = watchExpiry(ledger, leases, catalogue, options)
  const checks = new Checks(noteHealth)
  for (const { Service } of ledger.list(catalogue.table)) checks.follow(Service)
  expiry.leases.reset()
  expiry.services.reset()

  ledger.onChange((changes) => {
    for (const change of changes) for (const hint of hintsOf(change)) publish(hint)
    if (changes.some(({ table }) => table === leases.table.name)) expiry.leases.reset()
    const services = changes.filter(({ table }) => table === catalogue.table.name)
    for (const { key, value } of services) {
      if (value) checks.follow((value as KeptService).Service)
      else forget(key)
    }
    if (services.length > 0) expiry.services.reset()
  })

  function forget(ID: string): void {
    checks.forget(ID)
    catalogue.forget(ID)
  }

  function noteHealth(ID: string, check: string, health: ServiceHealth): void {
    const kept = ledger.get(catalogue.table, ID)
    if (!kept || !catalogue.see(kept, check, health)) return
    publish(serviceHint(kept, 'changed'))
    const noting = ledger.change((transaction) => catalogue.note(transaction, ID, check, health))
    noting.catch((err: unknown) => log.warn({ err, ID }, 'what a check found could not be written down'))
  }

  const registry: Registry = {
    get: async ({ Key }) => ({ Entry: ledger.get(keys, Key) ?? null }),
    list: async ({ Prefix }) => ({ Entries: ledger.list(keys, Prefix) }),
    put: ({ Lease, ...operation }) =>
      ledger.change((transaction) => {
        if (Lease) leases.require(transaction, Lease)
        return { Version: put(transaction, operation) }
      }),
    delete: ({ Lease, ...operation }) =>
      ledger.change((transaction) => {
        if (Lease) leases.require(transaction, Lease)
        remove(transaction, operation)
      }),
    txn: ({ Lease, Operations }) =>
      ledger.change((transaction) => {
        if (Lease) leases.require(transaction, Lease)
        return { Versions: Operations.flatMap((operation) => operate(transaction, operation)) }
      }),
    acquire: (request) => ledger.change((transaction) => ({ Lease: leases.acquire(transaction, request) })),
    renew: (token) => ledger.change((transaction) => ({ Lease: leases.renew(transaction, token) })),
    release: (token) => ledger.change((transaction) => leases.release(transaction, token)),
    holder: async ({ Name }) => ({ Lease: leases.current(ledger.get(leases.table, Name)) ?? null }),
    register: ({ Service }) => ledger.change((transaction) => catalogue.register(transaction, Service)),
    deregister: ({ ID }) => ledger.change((transaction) => catalogue.deregister(transaction, ID)),
    services: async ({ Name }) => {
      const all = ledger.list(catalogue.table).map((kept) => catalogue.describe(kept))
      const wanted = Name ? all.filter((service) => service.Name === Name) : all
      return { Services: wanted.sort(byName) }
    },
  }

  async function stop(): Promise<void> {
    checks.stop()
    expiry.leases.stop()
    expiry.services.stop()
    await ledger.close()
  }
  return { registry, stop }
}

function byName(one: { Name: string; ID: string }, other: { Name: string; ID: string }): number {
  const [a, b] = one.Name === other.Name ? [one.ID, other.ID] : [one.Name, other.Name]
  return a < b ? -1 : a > b ? 1 : 0
}
