import { messageOf } from '@infrakit/spi'

/** `unclear`: nothing was learned about the instance. */
export type Outcome = 'good' | 'bad' | 'unclear'

/** What a probe brought back. */
export interface Finding {
  readonly outcome: Outcome
  /** In words for a person; nothing of a body or a header is in it, for these may be secret. */
  readonly what: string
  /** The system's name for what went wrong: `ECONNREFUSED`. */
  readonly code?: string
}

/** What is wrong here and not there: no more files or ports to be had, no network, no resolver, not allowed. */
const ours = new Set(
  'EMFILE ENFILE ENOBUFS ENOMEM EADDRNOTAVAIL ENETUNREACH ENETDOWN EAI_AGAIN EPERM EACCES'.split(' '),
)

const words: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was reset',
  EHOSTUNREACH: 'the host cannot be reached',
  ENOTFOUND: 'its host has no address',
  ETIMEDOUT: 'the connection timed out',
}

/** What an error on a connection says of the instance. */
export function findingOf(error: unknown): Finding {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  if (code === undefined) return { outcome: 'bad', what: messageOf(error) }
  if (ours.has(code)) return { outcome: 'unclear', what: `could not be probed from here: ${code}`, code }
  return { outcome: 'bad', what: words[code] ?? code, code }
}
