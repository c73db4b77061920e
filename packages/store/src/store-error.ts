/** A file operation that failed; its message says what was attempted, on what, and what happened. */
export class StoreError extends Error {
  override readonly name: string = 'StoreError'
  /** The operating system's code, e.g. `ENOSPC`, when it refused. */
  readonly code: string | undefined
  /** What to do next, in one sentence. */
  readonly hint: string | undefined

  constructor(
    message: string,
    /** The file or folder that it is about. */
    readonly path: string,
    options: { hint?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.code = codeOf(options.cause)
    this.hint = options.hint
  }
}

const hints: Record<string, string> = {
  ENOSPC: 'Free some space on that file system and try again.',
  EDQUOT: 'Free some space in the quota and try again.',
  EFBIG: 'Raise the limit on file sizes (ulimit -f) and try again.',
  EROFS: 'The file system is mounted read-only; mount it writable or choose another folder.',
  EACCES: 'Check who owns the folder and its rights, or choose another folder.',
  EPERM: 'Check who owns the folder and its rights, or choose another folder.',
  ENAMETOOLONG: 'Choose a shorter name.',
}

/** The operating system's code in anything thrown. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}

/** The error for `attempt` on `path` that failed by `cause`. @param kept what holds all the same, added to the hint */
export function failedTo(attempt: string, path: string, cause: unknown, kept?: string): StoreError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  const hint = [hints[codeOf(cause) ?? ''], kept].filter((part) => part).join(' ')
  return new StoreError(`cannot ${attempt} ${path}: ${reason}`, path, { hint: hint || undefined, cause })
}
