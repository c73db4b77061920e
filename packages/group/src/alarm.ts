import type { Clock } from './ports.js'

/** Node's timers take no longer waits. */
const longestWaitMs = 2 ** 31 - 1

/** Runs a pass when it is time: never two at once, and once more when something came up during one. */
export class Alarm {
  #timer: NodeJS.Timeout | undefined
  #immediate: NodeJS.Immediate | undefined
  #at = Infinity
  #passing = false
  #stopped = false

  constructor(
    private readonly clock: Clock,
    /** One pass; must not throw. Answers when to run the next at the latest (monotonic ms). */
    private readonly pass: () => Promise<number>,
  ) {}

  get stopped(): boolean {
    return this.#stopped
  }

  /** Runs a pass now, or at the given time (monotonic ms) unless one comes sooner. */
  wake(at = 0): void {
    if (this.#stopped || at >= this.#at) return
    this.#at = at
    if (!this.#passing) this.#arm()
  }

  stop(): void {
    this.#stopped = true
    this.#disarm()
  }

  #arm(): void {
    this.#disarm()
    const wait = this.#at - this.clock.now()
    if (wait <= 0) this.#immediate = setImmediate(() => void this.#run())
    else if (wait < Infinity) this.#timer = setTimeout(() => void this.#run(), Math.min(wait, longestWaitMs))
  }

  #disarm(): void {
    clearTimeout(this.#timer)
    clearImmediate(this.#immediate)
  }

  async #run(): Promise<void> {
    this.#at = Infinity
    this.#passing = true
    const next = await this.pass()
    this.#passing = false
    if (this.#stopped) return
    this.#at = Math.min(this.#at, next)
    this.#arm()
  }
}
