import { codeOf, failedTo, type StoreError } from '@infrakit/store'

/** The system's words, of which the database makes its own, and their code. */
const codes: Readonly<Record<string, string>> = {
  'No space left on device': 'ENOSPC',
  'Disk quota exceeded': 'EDQUOT',
  'Read-only file system': 'EROFS',
  'File too large': 'EFBIG',
  'Permission denied': 'EACCES',
}

/** What the database throws, with what is behind it. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : `${error.message}: ${wordsOf(error.cause)}`
}

/**
 * The error for an attempt on the database that failed: a full disk and the like read as in all errors of the store.
 *
 * @param kept what holds all the same, added to the hint
 */
export function databaseError(attempt: string, dir: string, thrown: unknown, kept?: string): StoreError {
  const words = wordsOf(thrown)
  const [said, code] = Object.entries(codes).find(([text]) => words.includes(text)) ?? []
  const known = said !== undefined && codeOf(thrown) !== code
  const cause = known ? Object.assign(new Error(`${code}: ${said.toLowerCase()}`), { code }) : thrown
  return failedTo(attempt, dir, cause instanceof Error ? cause : new Error(words), kept)
}
