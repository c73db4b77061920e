import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from './cluster.js'
import type { ConsulClient, Read, ReadOptions } from './client.js'
import { ConsulFailure } from './failure.js'

/** How long one query waits for a change (ms): a frozen agent is noticed so much later than in other calls. */
const waitMs = 10_000
const firstPauseMs = 50
const longestPauseMs = 2_000
/** An answer without news that came sooner (ms) is one of an agent that ends, or of something that cannot wait. */
const soonMs = 500

export interface FollowLog {
  warn(fields: object, message: string): void
  info(fields: object, message: string): void
}

export interface FollowOptions<T> {
  readonly what: string
  readonly cluster: Cluster
  readonly query: (consul: ConsulClient, options: ReadOptions) => Promise<Read<T>>
  readonly onAnswer: (found: T) => void | Promise<void>
  readonly log: FollowLog
  readonly ending: AbortSignal
}

/**
 * Asks for something newer again and again, until it is ended. An index that goes back, as after servers were restored, and
 * whatever goes wrong mean that all is looked at anew.
 */
export async function followIndex<T>({ what, cluster, query, onAnswer, log, ending }: FollowOptions<T>): Promise<void> {
  let index = 0
  let failures = 0
  while (!ending.aborted) {
    const { client, left } = cluster.current()
    const begun = performance.now()
    try {
      const wait = index === 0 ? undefined : { index, waitMs }
      const { found, index: next } = await untilAny([left, ending], (signal) => query(client, { wait, signal }))
      if (next !== index || failures > 0) {
        await onAnswer(found)
        // What was told goes out before the next query is made.
        await turn()
      }
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
