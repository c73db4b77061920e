/**
 * The error table. Every failure that crosses a socket or reaches a person is one of these kinds.
 *
 * `code` is the JSON-RPC error code on the wire (the original sends -32000 for everything; no Go client looks at it).
 * `retry` says whether the same call can succeed later without anybody changing it. `exit` is the CLI's exit status.
 */
export const errorKinds = {
  input: { code: -32602, retry: false, exit: 2, meaning: 'What was given is wrong; nothing was changed.' },
  'not-found': { code: -32001, retry: false, exit: 1, meaning: 'What was named does not exist.' },
  conflict: { code: -32002, retry: false, exit: 1, meaning: 'It contradicts what is going on or what came since.' },
  unavailable: { code: -32003, retry: true, exit: 1, meaning: 'The other side cannot be reached now.' },
  timeout: { code: -32004, retry: true, exit: 1, meaning: 'No answer in time; whether it was done is not known.' },
  'plugin-failed': { code: -32000, retry: true, exit: 1, meaning: 'The plugin tried and could not.' },
  incompatible: { code: -32005, retry: false, exit: 1, meaning: 'The plugin lacks the interface or version needed.' },
  internal: { code: -32603, retry: false, exit: 1, meaning: 'A defect in the software.' },
} as const

export type ErrorKind = keyof typeof errorKinds

/** What an error carries beside its message; all of it may travel on the wire. */
export interface ErrorDetails {
  /** What to do next, in one sentence. */
  hint?: string | undefined
  /** The wrong field, e.g. `Properties.Allocation.Size`. */
  path?: string | undefined
}

/** An error that happened here. */
export class InfrakitError extends Error {
  override readonly name: string = 'InfrakitError'
  readonly hint: string | undefined
  readonly path: string | undefined

  constructor(
    readonly kind: ErrorKind,
    message: string,
    options: ErrorDetails & { cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.hint = options.hint
    this.path = options.path
  }
}

/** An error that a plugin sent: it received the call, and this is its answer. */
export class RemoteError extends InfrakitError {
  override readonly name = 'RemoteError'

  constructor(
    kind: ErrorKind,
    message: string,
    /** The JSON-RPC code as it came. */
    readonly code: number,
    /** Who sent it. */
    readonly plugin: string,
    details: ErrorDetails = {},
  ) {
    super(kind, message, details)
  }
}

/** The kind of anything thrown: `internal` for what is not one of ours. */
export function kindOf(error: unknown): ErrorKind {
  return error instanceof InfrakitError ? error.kind : 'internal'
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The kind that a JSON-RPC code stands for; codes that are not ours mean that the plugin failed. */
export function kindOfCode(code: number): ErrorKind {
  for (const [kind, row] of Object.entries(errorKinds)) if (row.code === code) return kind as ErrorKind
  if (code === -32601) return 'incompatible'
  return code === -32600 || code === -32700 ? 'input' : 'plugin-failed'
}
