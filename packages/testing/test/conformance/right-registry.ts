import { setTimeout as sleep } from 'node:timers/promises'
import {
  InfrakitError,
  type Event,
  type Fenced,
  type Lease,
  type LeaseToken,
  type Registry,
  type RegistryEntry,
  type ServiceEntry,
  type TxnOperation,
} from '@infrakit/spi'
import { parseInput, registrySchemas } from '@infrakit/spi/schemas'
import type { Transport } from '../../src/conformance/index.js'
import { isWell } from './is-well.js'

type Held = Lease & { until: number }

export interface RightRegistry {
  readonly registry: Registry
  readonly entries: Map<string, RegistryEntry>
  readonly leases: Map<string, Held>
  readonly services: Map<string, { service: ServiceEntry; until: number }>
  /** Throws unless the lease is held with this epoch. */
  guard: (token: LeaseToken | null | undefined) => void
  /** The order of listings. */
  compare: (one: string, other: string) => number
  tell: (topic: string) => void
  readonly listen: NonNullable<Transport['listen']>
}

const refuse = (what: string) => new InfrakitError('conflict', what)

function topics(): Pick<RightRegistry, 'tell' | 'listen'> {
  const listeners = new Set<{ wanted: string; event: (text: string) => void }>()
  return {
    tell(Topic) {
      const event: Event = { Topic, Type: 'changed', ID: 'x', Message: 'look', Timestamp: new Date().toISOString() }
      for (const { wanted, event: hear } of listeners) {
        if (Topic === wanted || Topic.startsWith(`${wanted}/`)) hear(JSON.stringify(event))
      }
    },
    listen: (wanted, { connected, event, signal }) =>
      new Promise((resolve) => {
        const listener = { wanted, event }
        listeners.add(listener)
        connected()
        signal.addEventListener('abort', () => {
          listeners.delete(listener)
          resolve()
        })
      }),
  }
}

/** A registry in memory that keeps every promise. */
export function rightRegistry(): RightRegistry {
  const entries = new Map<string, RegistryEntry>()
  const leases: RightRegistry['leases'] = new Map()
  const services: RightRegistry['services'] = new Map()
  let last = 0
  const current = (name: string) => {
    const held = leases.get(name)
    return held && held.until > performance.now() ? held : undefined
  }
  const plain = ({ until: _, ...lease }: Held): Lease => lease
  const right: RightRegistry = {
    registry: undefined as never,
    entries,
    leases,
    services,
    compare: (one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)),
    guard(token) {
      if (token && current(token.Name)?.Epoch !== token.Epoch) throw refuse(`lease ${token.Name} is not yours`)
    },
    ...topics(),
  }

  function requireVersion(key: string, wanted: number | null | undefined): void {
    const version = entries.get(key)?.Version ?? 0
    if (typeof wanted === 'number' && wanted !== version) throw refuse(`${key} is at version ${version}`)
  }

  function operate({ Put, Delete, Check }: TxnOperation, really: boolean): number[] {
    const { Key, IfVersion } = Put ?? Delete ?? { Key: Check?.Key ?? '', IfVersion: Check?.Version }
    requireVersion(Key, IfVersion)
    if (!really || Check) return []
    if (Delete) entries.delete(Key)
    if (Put) entries.set(Key, { Key, Value: Put.Value, Version: ++last })
    right.tell(`registry/keys/${Key}`)
    return Put ? [last] : []
  }

  function begin(lease: Lease): { Lease: Lease } {
    const ms = lease.TTLSeconds * 1000
    leases.set(lease.Name, { ...lease, until: performance.now() + ms })
    right.tell(`registry/leases/${lease.Name}`)
    void sleep(ms + 5, undefined, { ref: false }).then(() => right.tell(`registry/leases/${lease.Name}`))
    return { Lease: lease }
  }

  const registry: Registry = {
    get: async ({ Key }) => ({ Entry: entries.get(Key) ?? null }),
    list: async ({ Prefix }) => {
      const keys = [...entries.keys()].filter((key) => key.startsWith(Prefix)).sort(right.compare)
      return { Entries: keys.map((key) => entries.get(key) as RegistryEntry) }
    },
    put: async ({ Lease, ...Put }) => {
      right.guard(Lease)
      return { Version: operate({ Put }, true)[0] ?? 0 }
    },
    delete: async ({ Lease, ...Delete }) => {
      right.guard(Lease)
      operate({ Delete }, true)
    },
    txn: async ({ Lease, Operations }) => {
      right.guard(Lease)
      for (const operation of Operations) operate(operation, false)
      return { Versions: Operations.flatMap((operation) => operate(operation, true)) }
    },
    acquire: async ({ Name, Owner, Reason, TTLSeconds }) => {
      const held = current(Name)
      if (held && held.Owner !== Owner) throw refuse(`${Name} is held by ${held.Owner}`)
      const Since = held?.Since ?? new Date().toISOString()
      return begin({ Name, Owner, Reason: Reason ?? '', Since, TTLSeconds: TTLSeconds ?? 15, Epoch: ++last })
    },
    renew: async ({ Name, Epoch }) => {
      const held = current(Name)
      if (held?.Epoch !== Epoch) throw refuse(`${Name} is not yours`)
      return begin(plain(held))
    },
    release: async ({ Name, Epoch }) => {
      if (leases.get(Name)?.Epoch === Epoch) leases.delete(Name)
      right.tell(`registry/leases/${Name}`)
    },
    holder: async ({ Name }) => {
      const held = current(Name)
      return { Lease: held ? plain(held) : null }
    },
    register: async ({ Service }) => {
      services.set(Service.ID, {
        service: Service,
        until: performance.now() + (Service.Check?.TTLSeconds ?? Infinity) * 1000,
      })
      right.tell(`registry/services/${Service.Name}`)
    },
    deregister: async ({ ID }) => {
      const found = services.get(ID)
      services.delete(ID)
      if (found) right.tell(`registry/services/${found.service.Name}`)
    },
    services: async ({ Name }) => {
      const all = [...services.values()].filter(({ service }) => !Name || service.Name === Name)
      const described = all.map(async ({ service, until }) => {
        const Health = (await isWell(service.Check)) && until > performance.now() ? 'passing' : 'critical'
        return { ...service, Health } as const
      })
      const order = (one: ServiceEntry) => `${one.Name} ${one.ID}`
      return { Services: (await Promise.all(described)).sort((a, b) => (order(a) < order(b) ? -1 : 1)) }
    },
  }
  return Object.assign(right, { registry })
}

/** The same, which refuses what its schemas do not allow, as every server does. */
export function checked(registry: Registry, exceptions: readonly (keyof Registry)[] = []): Registry {
  const guarded = Object.entries(registry).map(([name, method]) => {
    const wire = (name.charAt(0).toUpperCase() + name.slice(1)) as keyof typeof registrySchemas
    const schema = registrySchemas[wire].request as Parameters<typeof parseInput<object>>[0]
    const call = method as (request: Fenced, call?: object) => Promise<unknown>
    const strict = async (request: Fenced, rest?: object) => call(parseInput(schema, request), rest)
    return [name, exceptions.includes(name as keyof Registry) ? call : strict]
  })
  return Object.fromEntries(guarded) as unknown as Registry
}
