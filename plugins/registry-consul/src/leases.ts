import { InfrakitError, type AcquireRequest, type Lease, type LeaseToken } from '@infrakit/spi'
import type { Cluster } from './cluster.js'
import type { ConsulEntry } from './answers.js'
import type { KeyOperation } from './client.js'
import { textOf, type Places } from './keys.js'
import { base64, type Holding } from './operations.js'
import { Terms } from './terms.js'

/** Consul takes no session for less. */
const shortestSeconds = 10
const usualSeconds = 15
/** Each time it was free, and another one of the same owner got it first. */
const attempts = 8

/** What stands in Consul of a lease: its key is locked by a session, and its value says by whom. */
interface Found {
  readonly lease: Lease
  readonly session: string
}

export interface Leases {
  acquire(request: AcquireRequest): Promise<Lease>
  renew(token: LeaseToken): Promise<Lease>
  release(token: LeaseToken): Promise<void>
  holder(name: string): Promise<Lease | undefined>
  /** What a change on behalf of a lease depends on. Throws `conflict` when it is known not to be held. */
  holding(token: LeaseToken): Promise<Holding>
  /** The `conflict` of one whose lease is not held any more. */
  lost(token: LeaseToken): Promise<InfrakitError>
}

/**
 * Leases as locks of sessions. Each acquisition makes a session of its own, and its epoch is the index of the change that
 * locked the key: Consul's indices only grow, and nothing changes the key while it is locked, so that an epoch is never
 * used twice and one comparison tells whether it still holds.
 */
export function createLeases(cluster: Cluster, places: Places, now: () => number): Leases {
  const terms = new Terms(now)

  async function find(name: string): Promise<Found | undefined> {
    const [entry] = (await cluster.read((consul) => consul.entries(places.leases + name))).found
    return entry && foundIn(name, entry)
  }

  /** Makes a session that nobody needs any more end, if it can; its term ends it otherwise. */
  async function end(session: string): Promise<void> {
    await cluster.change((consul) => consul.destroySession(session)).catch(() => undefined)
  }

  /** `undefined`: somebody was faster. */
  async function take(before: Found | undefined, wanted: Omit<Lease, 'Epoch'>): Promise<Lease | undefined> {
    const { Name, TTLSeconds, ...about } = wanted
    const begun = now()
    const session = await cluster.change((consul) => consul.createSession(`lease ${places.root}${Name}`, TTLSeconds))
    const Key = places.leases + Name
    const Value = base64(JSON.stringify({ ...about, TTLSeconds }))
    const takeOver: KeyOperation[] = before
      ? [
          { Verb: 'check-index', Key, Index: before.lease.Epoch },
          { Verb: 'unlock', Key, Value, Session: before.session },
        ]
      : []
    let taken = false
    try {
      const lock = { Verb: 'lock', Key, Value, Session: session }
      const done = await cluster.change((consul) => consul.transact([...takeOver, lock]))
      const Epoch = 'written' in done ? done.written.get(Key) : undefined
      if (Epoch === undefined) return undefined
      taken = true
      terms.begin({ Name, Epoch }, session, TTLSeconds, begun)
      return { ...wanted, Epoch }
    } finally {
      const left = taken ? before?.session : session
      if (left !== undefined) void end(left)
    }
  }

  async function lost({ Name, Epoch }: LeaseToken): Promise<InfrakitError> {
    const found = await find(Name)
    const who = found ? `${described(found.lease)} holds it` : 'nobody holds it'
    return new InfrakitError('conflict', `the lease '${Name}' is not held with epoch ${Epoch} any more: ${who}`, {
      hint: 'Begin nothing more on its behalf; acquire it again.',
    })
  }

  /** Throws `conflict` when a lease is not held, as far as can be told without trying. */
  async function holding(token: LeaseToken): Promise<Holding> {
    const known = terms.find(token)
    if (known && terms.isOver(known)) {
      throw new InfrakitError('conflict', `the lease '${token.Name}' with epoch ${token.Epoch} has run out`, {
        hint: 'It was not renewed in time: begin nothing more on its behalf, and acquire it again.',
      })
    }
    if (known) return { ...token, session: known.session }
    const found = await find(token.Name)
    if (found?.lease.Epoch !== token.Epoch) throw await lost(token)
    terms.meet(token, found.session)
    return { ...token, session: found.session }
  }

  return {
    lost,
    holding,
    async acquire({ Name, Owner, Reason, TTLSeconds }) {
      const seconds = Math.max(shortestSeconds, TTLSeconds ?? usualSeconds)
      for (let attempt = 0; attempt < attempts; attempt++) {
        const before = await find(Name)
        if (before && before.lease.Owner !== Owner) throw held(before.lease)
        const Since = before?.lease.Since || new Date().toISOString()
        const lease = await take(before, { Name, Owner, Reason: Reason ?? '', Since, TTLSeconds: seconds })
        if (lease) return lease
      }
      throw new InfrakitError('conflict', `the lease '${Name}' changed hands ${attempts} times while it was acquired`, {
        hint: `Do several processes run that call themselves '${Owner}'?`,
      })
    },
    async renew(token) {
      const begun = now()
      const { session } = await holding(token)
      const renewed = await cluster.change((consul) => consul.renewSession(session))
      const found = renewed ? await find(token.Name) : undefined
      if (found?.lease.Epoch !== token.Epoch) {
        terms.forget(token)
        throw await lost(token)
      }
      terms.begin(token, session, found.lease.TTLSeconds, begun)
      return found.lease
    },
    async release(token) {
      const found = await find(token.Name)
      terms.forget(token)
      if (found?.lease.Epoch !== token.Epoch) return
      // The session is of this epoch alone: whoever has the lease by then has another one.
      await cluster.change((consul) => consul.destroySession(found.session))
    },
    holder: async (name) => (await find(name))?.lease,
  }
}

function foundIn(Name: string, entry: ConsulEntry): Found | undefined {
  const { Session: session, ModifyIndex: Epoch } = entry
  if (session === undefined) return undefined
  return { session, lease: { Name, ...aboutIn(textOf(entry)), Epoch } }
}

/** Who has a lease, from its value; somebody who locked the key by hand wrote something else. */
function aboutIn(text: string): Pick<Lease, 'Owner' | 'Reason' | 'Since' | 'TTLSeconds'> {
  let about: Partial<Record<keyof Lease, unknown>> = {}
  try {
    about = (JSON.parse(text) as typeof about | null) ?? {}
  } catch {
    // What is not ours says nothing.
  }
  const { Owner, Reason, Since, TTLSeconds } = about
  const word = (value: unknown) => (typeof value === 'string' ? value : '')
  return {
    Owner: word(Owner) || '(unknown)',
    Reason: word(Reason),
    Since: word(Since),
    TTLSeconds: typeof TTLSeconds === 'number' ? TTLSeconds : shortestSeconds,
  }
}

function described({ Owner, Reason, Since }: Lease): string {
  return `'${Owner}'${Since && ` (since ${Since}${Reason && `: ${Reason}`})`}`
}

function held(lease: Lease): InfrakitError {
  return new InfrakitError('conflict', `the lease '${lease.Name}' is held by ${described(lease)}`, {
    hint: `Wait until it is released; one that is not renewed runs out after at most ${2 * lease.TTLSeconds} s.`,
  })
}
