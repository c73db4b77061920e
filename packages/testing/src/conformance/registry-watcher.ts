import { applies, eventually, holds } from './outcome.js'
import type { RegistryWorld } from './registry-world.js'

/** Listens on a topic, and looks whenever it has connected and whenever it hears something; never for any other reason. */
export class Watcher {
  /** What was heard, as it came. */
  readonly heard: string[] = []
  #connections = 0
  #stop = new AbortController()
  #listening: Promise<void> = Promise.resolve()
  #looking: Promise<void> = Promise.resolve()
  #failed: Error | undefined

  constructor(
    private readonly registry: RegistryWorld,
    private readonly topic: string,
    private readonly look: () => Promise<void>,
  ) {}

  /** Connects, and has looked once when it resolves. */
  async connect(): Promise<void> {
    const { listen } = this.registry.plugin.subject.transport
    applies(listen !== undefined, 'the suite was given no way to listen')
    this.#stop = new AbortController()
    const before = this.#connections
    let ended = 'no stream'
    this.#listening = (
      listen?.(this.topic, {
        connected: () => {
          this.#connections++
          this.#lookAgain()
        },
        event: (text) => {
          this.heard.push(text)
          this.#lookAgain()
        },
        signal: this.#stop.signal,
      }) ?? Promise.resolve()
    ).then(
      () => void (ended = 'it ended'),
      (error: unknown) => void (ended = String(error)),
    )
    await eventually(this.registry.patienceMs, async () =>
      holds(this.#connections > before, `a stream of events on ${this.topic}`, ended, this.shown()),
    )
    await this.#looking
  }

  async disconnect(): Promise<void> {
    this.#stop.abort()
    await this.#listening
    await this.#looking
    if (this.#failed !== undefined) throw this.#failed
  }

  /** Waits until what it has looked at is as expected. */
  async sees(expected: string, got: () => string, isSo: () => boolean): Promise<void> {
    await eventually(this.registry.patienceMs, async () => {
      if (this.#failed !== undefined) throw this.#failed
      holds(isSo(), expected, got(), this.shown())
    })
  }

  shown() {
    const { name } = this.registry.plugin.subject
    const request = `GET /events?topic=${this.topic}`
    return { exchange: { plugin: name, request, status: 200, response: this.heard.slice(-5).join('\n') } }
  }

  #lookAgain(): void {
    this.#looking = this.#looking.then(this.look).catch((error: unknown) => void (this.#failed ??= error as Error))
  }
}
