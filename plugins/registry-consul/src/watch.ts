import { setTimeout as sleep } from 'node:timers/promises'
import type { Published } from '@infrakit/rpc'
import { changesBetween, keyHint, seenKeys, seenServices, serviceHint, type Seen } from './changes.js'
import type { Catalogue } from './catalogue.js'
import type { Cluster } from './cluster.js'
import type { ConsulClient, Read, ReadOptions } from './client.js'
import { ConsulFailure } from './failure.js'
import type { Places } from './keys.js'

/** How long one query waits for a change (ms): a frozen agent is noticed so much later than in other calls. */
const waitMs = 10_000
const firstPauseMs = 50
const longestPauseMs = 2_000
/** An answer without news that came sooner (ms) is one of an agent that ends, or of something that cannot wait. */
const soonMs = 500

export interface WatchOptions {
  readonly cluster: Cluster
  readonly catalogue: Catalogue
  readonly places: Places
  readonly publish: (event: Published) => void
  readonly log: { warn(fields: object, message: string): void; info(fields: object, message: string): void }
}

/** Publishes a hint for every change of a key, a lease or a service, until it is stopped. */
export function startWatch({ cluster, catalogue, places, publish, log }: WatchOptions): () => Promise<void> {
  const ending = new AbortController()

  function compare(onChange: (change: { name: string; what: 'changed' | 'gone' }) => void): (seen: Seen) => void {
    let before: Seen = new Map()
    return (seen) => {
      const changes = changesBetween(before, seen)
      before = seen
      for (const change of changes) onChange(change)
    }
  }

  const keysChanged = compare((change) => {
    const hint = keyHint(places, change)
    if (hint) publish(hint)
  })
  const servicesChanged = compare((change) => publish(serviceHint(change)))

  const lookAtServices = oneAtATime(async () => {
    servicesChanged(seenServices(await catalogue.services(undefined, ending.signal)))
  })

  const follow = <T>(
    what: string,
    query: (consul: ConsulClient, options: ReadOptions) => Promise<Read<T>>,
    onAnswer: (found: T) => void | Promise<void>,
  ) => followIndex({ what, cluster, query, onAnswer, log, ending: ending.signal })

  const following = [
    follow(
      'keys and leases',
      (consul, options) => consul.entries(places.root, { ...options, recurse: true }),
      (entries) => keysChanged(seenKeys(entries)),
    ),
    follow('services', (consul, options) => consul.serviceNames(options), lookAtServices),
    follow('checks', (consul, options) => consul.checks(options), lookAtServices),
  ]
  return async () => {
    ending.abort()
    await Promise.all(following)
  }
}

interface FollowOptions<T> {
  readonly what: string
  readonly cluster: Cluster
  readonly query: (consul: ConsulClient, options: ReadOptions) => Promise<Read<T>>
  readonly onAnswer: (found: T) => void | Promise<void>
  readonly log: WatchOptions['log']
  readonly ending: AbortSignal
}

/**
 * Asks for something newer again and again. An index that goes back, as after servers were restored, and whatever goes
 * wrong mean that all is looked at anew.
 */
async function followIndex<T>({ what, cluster, query, onAnswer, log, ending }: FollowOptions<T>): Promise<void> {
  let index = 0
  let failures = 0
  while (!ending.aborted) {
    const { client, left } = cluster.current()
    const begun = performance.now()
    try {
      const wait = index === 0 ? undefined : { index, waitMs }
      const { found, index: next } = await untilAny([left, ending], (signal) => query(client, { wait, signal }))
      if (next !== index || failures > 0) await onAnswer(found)
      if (failures > 1) log.info({ what }, 'Consul is followed again')
      failures = 0
      const isNews = next !== index
      index = next < index ? 0 : Math.max(next, 1)
      if (!isNews && performance.now() - begun < soonMs) await pauseFor(soonMs, ending)
    } catch (error) {
      index = 0
      if (ending.aborted) return
      if (left.aborted) continue
      failures++
      if (!(error instanceof ConsulFailure)) log.warn({ what, err: error }, 'cannot follow Consul')
      else if (failures === 2) log.warn({ what, error: error.message, hint: error.hint }, 'cannot follow Consul')
      if (error instanceof ConsulFailure && error.elsewhere) cluster.leave(client)
      const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures, 10))
      await pauseFor(pause, ending)
    }
  }
}

/** `AbortSignal.any` of Node 20 keeps something of each call for as long as its signals live. */
async function untilAny<T>(signals: readonly AbortSignal[], work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const own = new AbortController()
  const abort = () => own.abort()
  for (const signal of signals) signal.addEventListener('abort', abort)
  try {
    if (signals.some(({ aborted }) => aborted)) abort()
    return await work(own.signal)
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', abort)
  }
}

function pauseFor(ms: number, ending: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal: ending }).catch(() => undefined)
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
