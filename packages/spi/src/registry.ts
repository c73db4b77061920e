import { defineInterface, type Call, type Fenced } from './interface.js'

/** A key and its value, as they were last written. */
export interface RegistryEntry {
  /** Words divided by `/`: `shop/colour`. At most 400 bytes, none of the words empty, no control characters. */
  Key: string
  /** Text of at most 256 KiB. */
  Value: string
  /** Grows with each change of the key, also when it is deleted and made again. Never 0. */
  Version: number
}

/** Of whom a change says that it holds a lease: it is made only if that is still so. */
export interface LeaseToken {
  Name: string
  Epoch: number
}

/** On what a change depends. */
export interface Conditional extends Fenced {
  /** The change is made only while this lease is held with this epoch; otherwise `conflict`, naming the holder. */
  Lease?: LeaseToken | null
}

export interface PutOperation {
  Key: string
  Value: string
  /** Only when the key is at this version; 0: only when there is none. */
  IfVersion?: number | null
}

export interface DeleteOperation {
  Key: string
  /** Only when the key is at this version. */
  IfVersion?: number | null
}

/** Exactly one of them. */
export interface TxnOperation {
  Put?: PutOperation | null
  Delete?: DeleteOperation | null
  /** Changes nothing; 0: there is no such key. */
  Check?: { Key: string; Version: number } | null
}

/** The right to act that one holds at a time, for a term. */
export interface Lease {
  Name: string
  /** Who has it; whoever gives the same name takes over from himself. */
  Owner: string
  /** What for, in words for a person. */
  Reason: string
  /** When this owner got it, RFC 3339. */
  Since: string
  /** For how long it is good from the moment when it was acquired or renewed. */
  TTLSeconds: number
  /** Grows with each `acquire`, whoever it is by, and is never used twice. */
  Epoch: number
}

export interface AcquireRequest extends Fenced {
  Name: string
  Owner: string
  Reason?: string | null
  /** At least 1. The registry may make it longer (Consul: 10 at least), and says so in its answer. Default 15. */
  TTLSeconds?: number | null
}

export type ServiceHealth = 'passing' | 'critical'

/** How the registry finds out whether a service is well; exactly one of `HTTP`, `TCP`, `TTLSeconds`. */
export interface ServiceCheck {
  /** A URL that has to answer 2xx. */
  HTTP?: string | null
  /** `HOST:PORT` that has to accept connections. */
  TCP?: string | null
  /** It is critical when it has not been registered again for so long. */
  TTLSeconds?: number | null
  /** Of `HTTP` and `TCP`: default 10. */
  IntervalSeconds?: number | null
  /** Of `HTTP` and `TCP`: default 5. */
  TimeoutSeconds?: number | null
}

/** One place where a service can be found. */
export interface ServiceEntry {
  /** Of the service: `shop`. */
  Name: string
  /** Of this place, alone in the registry: `shop-web-1`. */
  ID: string
  Address: string
  Port: number
  Tags?: string[] | null
  Check?: ServiceCheck | null
}

export interface ServiceDescription extends ServiceEntry {
  /** `passing` where there is no check; `critical` until a check has passed for the first time. */
  Health: ServiceHealth
}

/**
 * What several processes have to agree on: keys, leases, and a catalogue of services.
 *
 * Whatever was answered is durable and seen by every later call. All changes of keys happen in one order. What changes is
 * told as events on the topics `registry/keys/KEY`, `registry/leases/NAME` and `registry/services/NAME`: hints, as all
 * events are; after each (re)connect a watcher looks for itself, and then has missed nothing.
 *
 * A throw of `timeout` or `unavailable` leaves open whether a change was made.
 */
export interface Registry {
  /** `Entry` is absent when there is no such key. */
  get(request: { Key: string }, call?: Call): Promise<{ Entry?: RegistryEntry | null }>
  /** Throws `conflict`, saying which version there is, when a condition does not hold. */
  put(request: Conditional & PutOperation, call?: Call): Promise<{ Version: number }>
  /** A key that is not there is no error, unless a version of it was asked for. Throws as `put`. */
  delete(request: Conditional & DeleteOperation, call?: Call): Promise<void>
  /** All entries whose keys begin with `Prefix` (`''`: all), in order of their keys' bytes in UTF-8, as of one moment. */
  list(request: { Prefix: string }, call?: Call): Promise<{ Entries: RegistryEntry[] }>
  /**
   * Up to 60 operations on different keys, values of at most 256 KiB together: all or none. Throws `conflict`, naming the
   * first one whose condition does not hold. `Versions` are those of the puts, in order.
   */
  txn(request: Conditional & { Operations: TxnOperation[] }, call?: Call): Promise<{ Versions: number[] }>
  /**
   * Takes a lease that is free, has run out, or belongs to the same owner: whoever had it before, the same owner's earlier
   * process included, has an old epoch from now on. Throws `conflict`, saying who holds it, since when, and for what.
   */
  acquire(request: AcquireRequest, call?: Call): Promise<{ Lease: Lease }>
  /** Begins its term anew. Throws `conflict` when it is no longer held with this epoch, though it has only run out. */
  renew(request: Fenced & LeaseToken, call?: Call): Promise<{ Lease: Lease }>
  /** Gives it up. One that is no longer held with this epoch is left as it is. */
  release(request: Fenced & LeaseToken, call?: Call): Promise<void>
  /** `Lease` is absent when nobody holds it. */
  holder(request: { Name: string }, call?: Call): Promise<{ Lease?: Lease | null }>
  /** Enters a service, or replaces what has its ID; with `TTLSeconds`, also says that it is well. */
  register(request: Fenced & { Service: ServiceEntry }, call?: Call): Promise<void>
  /** One that is not there is no error. */
  deregister(request: Fenced & { ID: string }, call?: Call): Promise<void>
  /** All of them, or those of one name, by name and ID; the unhealthy ones as well. */
  services(request: { Name?: string | null }, call?: Call): Promise<{ Services: ServiceDescription[] }>
}

const entry: RegistryEntry = { Key: '', Value: '', Version: 0 }
const lease: Lease = { Name: '', Owner: '', Reason: '', Since: '', TTLSeconds: 0, Epoch: 0 }
const token: LeaseToken = { Name: '', Epoch: 0 }
const service: ServiceEntry = { Name: '', ID: '', Address: '', Port: 0, Tags: [], Check: null }

export const registryInterface = defineInterface<Registry>({
  name: 'Registry',
  version: '0.1.0',
  methods: {
    Get: { mutates: false, example: { request: { Key: '' }, response: { Entry: entry } } },
    Put: {
      mutates: true,
      example: { request: { Key: '', Value: '', IfVersion: null, Lease: null }, response: { Version: 0 } },
    },
    Delete: {
      mutates: true,
      ok: true,
      example: { request: { Key: '', IfVersion: null, Lease: null }, response: { OK: false } },
    },
    List: { mutates: false, example: { request: { Prefix: '' }, response: { Entries: [entry] } } },
    Txn: {
      mutates: true,
      example: {
        request: { Operations: [{ Put: { Key: '', Value: '', IfVersion: null } }], Lease: token },
        response: { Versions: [0] },
      },
    },
    Acquire: {
      mutates: true,
      example: { request: { Name: '', Owner: '', Reason: '', TTLSeconds: 15 }, response: { Lease: lease } },
    },
    Renew: { mutates: true, example: { request: token, response: { Lease: lease } } },
    Release: { mutates: true, ok: true, example: { request: token, response: { OK: false } } },
    Holder: { mutates: false, example: { request: { Name: '' }, response: { Lease: lease } } },
    Register: { mutates: true, ok: true, example: { request: { Service: service }, response: { OK: false } } },
    Deregister: { mutates: true, ok: true, example: { request: { ID: '' }, response: { OK: false } } },
    Services: {
      mutates: false,
      example: { request: { Name: null }, response: { Services: [{ ...service, Health: '' }] } },
    },
  },
})
