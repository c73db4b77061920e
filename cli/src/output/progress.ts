import { printable } from './table.js'

/** Tells what is going on while a command takes its time. */
export interface Progress {
  show(line: string): void
  /** Leaves the terminal as if nothing had been shown. */
  end(): void
}

export interface ProgressStream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** One line that is written over on a terminal, plain lines elsewhere; nothing at all when `silent`. */
export function createProgress(stream: ProgressStream, options: { silent: boolean }): Progress {
  if (options.silent) return { show: () => undefined, end: () => undefined }
  if (!stream.isTTY) return { show: (line) => void stream.write(`${printable(line)}\n`), end: () => undefined }
  const clear = '\r\u001b[K'
  return {
    show: (line) => void stream.write(`${clear}${printable(line).slice(0, (stream.columns ?? 80) - 1)}`),
    end: () => void stream.write(clear),
  }
}
