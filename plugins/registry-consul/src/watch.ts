import type { EventHub } from '@infrakit/rpc'
import {
  changesBetween,
  keyHint,
  looksAgain,
  seenKeys,
  seenServices,
  serviceHint,
  type Change,
  type Seen,
} from './changes.js'
import type { Catalogue } from './catalogue.js'
import type { Cluster } from './cluster.js'
import { followIndex, type FollowLog, type FollowOptions } from './follow.js'
import type { Places } from './keys.js'

export type Events = Pick<EventHub, 'publish' | 'listenedTo' | 'onListening'>

export interface WatchOptions {
  readonly cluster: Cluster
  readonly catalogue: Catalogue
  readonly places: Places
  readonly events: Events
  readonly log: FollowLog
}

/** Topics, and what tells of changes on them until it is ended. */
interface Kind {
  readonly topics: readonly string[]
  follow(ending: AbortSignal): Promise<unknown>
}

/**
 * Publishes a hint for every change of a key, a lease or a service, until it is stopped. Consul is followed while somebody
 * listens: each change would else cost the one who makes it that it is read again for nobody. Who listens before Consul is
 * followed may have looked too early, and is told to look again as soon as it is.
 */
export function startWatch({ cluster, catalogue, places, events, log }: WatchOptions): () => Promise<void> {
  function compare(topics: readonly string[], tell: (change: Change) => void): (seen: Seen) => void {
    let before: Seen | undefined
    return (seen) => {
      const changes = before && changesBetween(before, seen)
      before = seen
      if (changes) changes.forEach(tell)
      else for (const hint of looksAgain(topics, events.listenedTo())) events.publish(hint)
    }
  }

  const follow = <T>(ending: AbortSignal, options: Pick<FollowOptions<T>, 'what' | 'query' | 'onAnswer'>) =>
    followIndex({ ...options, cluster, log, ending })

  const ofKeys = ['registry/keys', 'registry/leases']
  const ofServices = ['registry/services']
  const kinds: Kind[] = [
    {
      topics: ofKeys,
      follow(ending) {
        const look = compare(ofKeys, (change) => {
          const hint = keyHint(places, change)
          if (hint) events.publish(hint)
        })
        return follow(ending, {
          what: 'keys and leases',
          query: (consul, options) => consul.entries(places.root, { ...options, recurse: true }),
          onAnswer: (entries) => look(seenKeys(entries)),
        })
      },
    },
    {
      topics: ofServices,
      follow(ending) {
        const look = compare(ofServices, (change) => events.publish(serviceHint(change)))
        const onAnswer = oneAtATime(async () => look(seenServices(await catalogue.services(undefined, ending))))
        return Promise.all([
          follow(ending, { what: 'services', query: (consul, options) => consul.serviceNames(options), onAnswer }),
          follow(ending, { what: 'checks', query: (consul, options) => consul.checks(options), onAnswer }),
        ])
      },
    },
  ]
  const following = kinds.map((kind) => whileListenedTo(kind, events))
  return async () => void (await Promise.all(following.map((stop) => stop())))
}

/** Follows while somebody listens. What is returned ends it for good. */
function whileListenedTo({ topics, follow }: Kind, events: Events): () => Promise<void> {
  const running = new Set<Promise<unknown>>()
  let ending: AbortController | undefined
  function mind(isListenedTo: boolean): void {
    if (!isListenedTo) {
      ending?.abort()
      ending = undefined
    } else if (!ending) {
      ending = new AbortController()
      const run = follow(ending.signal).finally(() => running.delete(run))
      running.add(run)
    }
  }
  const look = () => mind(looksAgain(topics, events.listenedTo()).length > 0)
  const leave = events.onListening(look)
  look()
  return async () => {
    leave()
    mind(false)
    await Promise.all(running)
  }
}

/** Runs a look again when it was asked for while one was running; who asked waits for the one that began afterwards. */
function oneAtATime(look: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  return () => {
    if (!running) return (running = look().finally(() => (running = undefined)))
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined
        return (running = look().finally(() => (running = undefined)))
      })
    return next
  }
}
