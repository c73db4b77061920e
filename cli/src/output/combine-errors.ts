import { InfrakitError, kindOf, messageOf, type ErrorKind } from '@infrakit/spi'

/** Several failures as one: every message once, on lines of their own. Wrong input outweighs the other kinds. */
export function combineErrors(errors: readonly unknown[]): unknown {
  const [first, ...others] = errors
  if (others.length === 0 || !(first instanceof InfrakitError)) return first
  const kind: ErrorKind = errors.map(kindOf).includes('input') ? 'input' : first.kind
  const messages = [...new Set(errors.map(messageOf))]
  return new InfrakitError(kind, messages.join('\n'), { hint: first.hint, path: first.path, cause: first })
}
