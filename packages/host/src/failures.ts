import { errorKinds, InfrakitError, kindOf, messageOf } from '@infrakit/spi'
import { LockHeldError, StoreError } from '@infrakit/store'

/** Errors of the store in the words of the contract; anything else as it is. */
export function translated(error: unknown): unknown {
  if (!(error instanceof StoreError)) return error
  const kind = error instanceof LockHeldError ? 'conflict' : 'plugin-failed'
  return new InfrakitError(kind, error.message, { hint: error.hint, cause: error })
}

/** What a person reads when a plugin does not start. The stack is shown only when asked for. */
export function failureText(executable: string, thrown: unknown, debug: boolean): string {
  const error = translated(thrown)
  const lines = [`${executable}: ${messageOf(error)}`]
  if (error instanceof InfrakitError && error.hint !== undefined) lines.push(`  ${error.hint}`)
  else if (!(error instanceof InfrakitError) && !debug) lines.push('  Use --debug to see where this comes from.')
  if (debug && thrown instanceof Error && thrown.stack !== undefined) lines.push(thrown.stack)
  return `${lines.join('\n')}\n`
}

/** The exit status that goes with an error. */
export function exitStatus(error: unknown): number {
  return errorKinds[kindOf(translated(error))].exit
}
