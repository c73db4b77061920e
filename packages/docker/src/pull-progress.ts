/** How far a pull is. */
export interface PullProgress {
  /** The engine's words: `Downloading`, `Pull complete`, ... */
  readonly status: string
  /** The layer it is about; `undefined` when it is about the whole. */
  readonly layer: string | undefined
  /** Bytes of this layer; `undefined` while not known. */
  readonly current: number | undefined
  readonly total: number | undefined
}

/** A line of the engine's report: how far it is, or why it failed. */
export type PullLine = { readonly progress: PullProgress } | { readonly failure: string }

/** Reads one line; throws SyntaxError for what is none. Pure. */
export function readPullLine(line: string): PullLine {
  const { status, id, progressDetail, error, errorDetail } = JSON.parse(line) as {
    status?: string
    id?: string
    progressDetail?: { current?: number; total?: number }
    error?: string
    errorDetail?: { message?: string }
  }
  const failure = errorDetail?.message ?? error
  if (failure !== undefined) return { failure }
  const { current, total } = progressDetail ?? {}
  return { progress: { status: status ?? '', layer: id, current, total } }
}
