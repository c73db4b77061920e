import type { Clock, GroupNews, GroupPort } from '../ports.js'

/** Wakes whoever waits for a group when its plugin tells of it. */
export class Hints {
  readonly #ended = new AbortController()
  #at: unknown
  #pending = false
  #wake: (() => void) | undefined

  constructor(
    private readonly clock: Clock,
    private readonly signal: AbortSignal,
  ) {}

  /** Follows the plugin where it is now; the same one again changes nothing. */
  follow(
    at: unknown,
    watch: GroupPort['watch'],
    isMeant: (group: string) => boolean,
    heard: (group: string, news: GroupNews) => void = () => undefined,
  ): void {
    if (at === this.#at) return
    this.#at = at
    const hint = (id: string, news?: GroupNews) => {
      if (id !== '' && !isMeant(id)) return
      if (news) heard(id, news)
      this.hint()
    }
    watch?.(hint, AbortSignal.any([this.#ended.signal, this.signal]))
  }

  /** Resolves with the next hint, after the given time (ms), or when it is not wanted any more. */
  async next(ms: number): Promise<void> {
    if (!this.#pending) {
      const waiting = new AbortController()
      this.#wake = () => waiting.abort()
      await this.clock.sleep(ms, AbortSignal.any([waiting.signal, this.signal]))
      this.#wake = undefined
    }
    this.#pending = false
  }

  stop(): void {
    this.#ended.abort()
  }

  /** Something may have changed. */
  hint(): void {
    this.#pending = true
    this.#wake?.()
  }
}
