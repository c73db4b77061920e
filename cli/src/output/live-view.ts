import { printable } from './table.js'
import type { ProgressStream } from './progress.js'

/** Lines on a terminal that are written over with each change. */
export interface LiveView {
  show(lines: readonly string[]): void
  /** Leaves the terminal as if nothing had been shown. */
  end(): void
}

export function createLiveView(stream: ProgressStream & { readonly rows?: number }): LiveView {
  let shown = 0
  // Up to where the last ones began, and all below is gone.
  const back = () => (shown > 0 ? `\u001b[${shown}A\r\u001b[J` : '')
  return {
    show(lines) {
      // What is above the screen cannot be written over: the last lines are those that change.
      const fitting = lines.slice(-Math.max(1, (stream.rows ?? 24) - 1)).map(printable)
      stream.write(`${back()}${fitting.map((line) => `${line}\n`).join('')}`)
      shown = fitting.length
    },
    end() {
      stream.write(back())
      shown = 0
    },
  }
}
