import { randomInt } from 'node:crypto'
import { InfrakitError, type LeaseToken, type Registry, type TxnOperation } from '@infrakit/spi'
import { createCatalogue } from './catalogue.js'
import { createCluster } from './cluster.js'
import { createConsulClient } from './consul-client.js'
import { entriesIn, placesIn } from './keys.js'
import { createLeases } from './leases.js'
import { conditionOf, transactionOf } from './operations.js'
import type { Settings } from './settings.js'
import { startWatch, type Events } from './watch.js'

export interface RegistryOptions {
  readonly settings: Settings
  readonly log: { warn(fields: object, message: string): void; info(fields: object, message: string): void }
  /** Where changes are told while somebody listens. */
  readonly events: Events
  /** Monotonic milliseconds. */
  readonly now?: () => number
}

export interface ConsulRegistry {
  readonly registry: Registry
  stop(): Promise<void>
}

/** Consul keeps flags of 64 bits with each key; these are numbers in JSON too. */
const flagsBelow = 2 ** 47

/** A registry in Consul. It keeps nothing itself, so that many processes may serve the same one. */
export function createConsulRegistry(options: RegistryOptions): ConsulRegistry {
  const { settings, log, events, now = () => performance.now() } = options
  const { addresses, prefix, ...common } = settings
  const [first, ...others] = addresses.map((address) => createConsulClient({ address, ...common }))
  if (!first) throw new InfrakitError('input', 'no address of Consul was given', { hint: 'Give --address.' })
  const cluster = createCluster([first, ...others], log)
  const places = placesIn(prefix)
  const leases = createLeases(cluster, places, now)
  const catalogue = createCatalogue(cluster, settings.timeoutMs, now)
  const stopWatch = startWatch({ cluster, catalogue, places, events, log })

  async function versionOf(key: string, signal?: AbortSignal): Promise<number> {
    const { found } = await cluster.read((consul) => consul.entries(places.keys + key, { signal }))
    return found[0]?.ModifyIndex ?? 0
  }

  async function refusal(operation: TxnOperation): Promise<InfrakitError> {
    const { Key, version } = conditionOf(operation)
    const is = await versionOf(Key)
    const wanted = version === 0 ? `'${Key}' was to be new` : `'${Key}' was to be at version ${version ?? '?'}`
    const found = is === 0 ? 'there is none' : `it is at version ${is}`
    return new InfrakitError('conflict', `nothing was changed: ${wanted}, and ${found}`, {
      hint: 'Look again, and decide anew.',
    })
  }

  /** Versions of the puts, in order. */
  async function transact(wanted: readonly TxnOperation[], lease: LeaseToken | null | undefined): Promise<number[]> {
    const holding = lease ? await leases.holding(lease) : undefined
    const { operations, origins } = transactionOf(places, wanted, randomInt(flagsBelow), holding)
    const done = await cluster.change((consul) => consul.transact(operations))
    if ('written' in done)
      return wanted.flatMap(({ Put }) => (Put ? [written(done.written, places.keys + Put.Key)] : []))
    const origin = origins[done.refused[0] ?? 0] ?? -1
    const refused = wanted[origin]
    throw lease && !refused ? await leases.lost(lease) : await refusal(refused ?? {})
  }

  const registry: Registry = {
    async get({ Key }, call) {
      const { found } = await cluster.read((consul) => consul.entries(places.keys + Key, { signal: call?.signal }))
      const [Entry] = entriesIn(places, found)
      return Entry ? { Entry } : {}
    },
    async put({ Key, Value, IfVersion, Lease }) {
      const [Version = 0] = await transact([{ Put: { Key, Value, IfVersion: IfVersion ?? null } }], Lease)
      return { Version }
    },
    async delete({ Key, IfVersion, Lease }) {
      await transact([{ Delete: { Key, IfVersion: IfVersion ?? null } }], Lease)
    },
    async list({ Prefix }, call) {
      const options = { recurse: true, signal: call?.signal }
      const { found } = await cluster.read((consul) => consul.entries(places.keys + Prefix, options))
      return { Entries: entriesIn(places, found) }
    },
    txn: async ({ Operations, Lease }) => ({ Versions: await transact(Operations, Lease) }),
    acquire: async (request) => ({ Lease: await leases.acquire(request) }),
    renew: async (token) => ({ Lease: await leases.renew(token) }),
    release: (token) => leases.release(token),
    async holder({ Name }) {
      const Lease = await leases.holder(Name)
      return Lease ? { Lease } : {}
    },
    register: ({ Service }) => catalogue.register(Service),
    deregister: ({ ID }) => catalogue.deregister(ID),
    services: async ({ Name }, call) => ({ Services: await catalogue.services(Name ?? undefined, call?.signal) }),
  }

  return {
    registry,
    async stop() {
      await stopWatch()
      cluster.close()
    },
  }
}

function written(versions: ReadonlyMap<string, number>, key: string): number {
  const version = versions.get(key)
  if (version !== undefined) return version
  throw new InfrakitError('unavailable', `Consul did not say which version '${key}' has now`, {
    hint: 'Check --address: does something else than a Consul agent answer there?',
  })
}
