import type { ServerResponse } from 'node:http'
import type { Call } from '@infrakit/spi'

/** One HTTP request being answered. What handlers get as their `call`; the signal is made when somebody looks at it. */
export class Exchange implements Call {
  #controller: AbortController | undefined
  /** The client has gone away. */
  gone = false
  /** The handlers are through. */
  answered = false

  constructor(readonly res: ServerResponse) {}

  /** Aborted when the client has gone away. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.gone) this.#controller.abort()
    return this.#controller.signal
  }

  abort(): void {
    this.gone = true
    this.#controller?.abort()
  }
}

/** What mutating handlers get: a change once begun runs to its end, whoever listens. */
export const unaborted: Call & { readonly signal: AbortSignal } = { signal: new AbortController().signal }
