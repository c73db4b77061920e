import type { LiveServer } from '@infrakit/spi'
import type { Tally } from './errors.js'

/** What the proxies counted for one group since it was first looked at. Counters that begin anew lose nothing. */
export class Counters {
  readonly #last = new Map<string, Tally>()
  #sum: Tally = { requests: 0, failures: 0 }
  #meanMs: number | undefined

  get tally(): Tally {
    return this.#sum
  }

  /** Mean time of recent answers over all servers; absent when none says so. */
  get meanMs(): number | undefined {
    return this.#meanMs
  }

  /** @param servers each with the name of what is counted apart: proxy, route and server */
  note(servers: readonly (readonly [place: string, server: LiveServer])[]): void {
    for (const [place, server] of servers) this.#add(place, tallyOf(server))
    const timed = servers.flatMap(([, { AnswerMs, Requests }]) =>
      AnswerMs == null ? [] : [[AnswerMs, Requests] as const],
    )
    const weight = timed.reduce((sum, [, requests]) => sum + requests, 0)
    this.#meanMs = weight > 0 ? timed.reduce((sum, [ms, requests]) => sum + ms * requests, 0) / weight : undefined
  }

  #add(place: string, now: Tally): void {
    const before = this.#last.get(place) ?? now
    this.#last.set(place, now)
    const begunAnew = now.requests < before.requests || now.failures < before.failures
    const from = begunAnew ? { requests: 0, failures: 0 } : before
    this.#sum = {
      requests: this.#sum.requests + now.requests - from.requests,
      failures: this.#sum.failures + now.failures - from.failures,
    }
  }
}

/** Requests that ended, and how many of them badly. One under way is neither yet. */
export function tallyOf({ Answers, ConnectErrors, AnswerErrors }: LiveServer): Tally {
  const failures = Answers['5xx'] + ConnectErrors + AnswerErrors
  const good = Answers['1xx'] + Answers['2xx'] + Answers['3xx'] + Answers['4xx']
  return { requests: good + failures, failures }
}
