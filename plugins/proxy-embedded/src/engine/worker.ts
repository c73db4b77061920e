import { InfrakitError } from '@infrakit/spi'
import cluster, { type Worker as Process } from 'node:cluster'
import type { Ask, Asks, Request, Said } from '../messages.js'

export type Tells = Exclude<Said, { id: number } | { ready: true }>

/** It has ended, and with it what it was asked. */
export class WorkerEnded extends Error {
  override readonly name = 'WorkerEnded'
}

interface Waiting {
  readonly done: (answer: unknown) => void
  readonly failed: (error: Error) => void
}

/** A process that serves requests, for as long as it lives. */
export class Worker {
  readonly #process: Process
  readonly #waiting = new Map<number, Waiting>()
  #last = 0
  #ended = false
  /** Resolves when it can be asked. Rejects with `WorkerEnded` when it ends before. */
  readonly ready: Promise<void>
  /** Resolves with how it ended. */
  readonly ended: Promise<string>

  constructor(tell: (said: Tells) => void) {
    this.#process = cluster.fork()
    let isReady: () => void = () => undefined
    this.ended = new Promise((resolve) => {
      this.#process.once('exit', (code, signal) => {
        this.#ended = true
        const how = signal ?? `status ${code}`
        for (const { failed } of this.#waiting.values()) failed(new WorkerEnded(how))
        this.#waiting.clear()
        resolve(how)
      })
    })
    this.ready = Promise.race([
      new Promise<void>((resolve) => (isReady = resolve)),
      this.ended.then((how) => Promise.reject(new WorkerEnded(how))),
    ])
    this.ready.catch(() => undefined)
    // Sending to one that has just ended; its end is told by 'exit'.
    this.#process.on('error', () => undefined)
    this.#process.on('message', (said: Said) => {
      if ('ready' in said) return isReady()
      if (!('id' in said)) return tell(said)
      const waiting = this.#waiting.get(said.id)
      this.#waiting.delete(said.id)
      if ('answer' in said) return waiting?.done(said.answer)
      const { kind, message, ...details } = said.failure
      waiting?.failed(new InfrakitError(kind, message, details))
    })
  }

  get pid(): number | undefined {
    return this.#process.process.pid
  }

  /** Throws `WorkerEnded`, or what the worker throws. */
  ask<K extends Ask>(ask: K, request: Asks[K]['request']): Promise<Asks[K]['answer']> {
    if (this.#ended) return Promise.reject(new WorkerEnded('before it was asked'))
    const id = ++this.#last
    return new Promise<unknown>((done, failed) => {
      this.#waiting.set(id, { done, failed })
      this.#process.send({ ...request, id, ask } as Request)
    }) as Promise<Asks[K]['answer']>
  }

  kill(): void {
    if (!this.#ended) this.#process.process.kill('SIGKILL')
  }
}
