import type { Watched } from './ports.js'

interface Subscription {
  readonly plugin: string
  readonly site: unknown
  readonly events: boolean
  readonly abort: AbortController
}

/** Hears the events of one plugin at a time: subscribes once per plugin and place where it is served. */
export class Follower {
  #subscription: Subscription | undefined

  /** @param hint called when the plugin tells of a change, with the ID it tells of, and without when any may have changed */
  constructor(private readonly hint: (id?: string) => void) {}

  /** Whether the plugin that is followed has events. */
  get hasEvents(): boolean {
    return this.#subscription?.events ?? false
  }

  /** Follows this plugin from now on, and no other. */
  follow(plugin: string, { watch, site }: Watched): void {
    const events = watch !== undefined
    const { plugin: last, events: had, site: at } = this.#subscription ?? {}
    if (last === plugin && had === events && at === site) return
    this.stop()
    const abort = new AbortController()
    this.#subscription = { plugin, site, events, abort }
    watch?.(this.hint, abort.signal)
  }

  /** Hears of nothing any more. */
  stop(): void {
    this.#subscription?.abort.abort()
  }
}
