import { InfrakitError } from '@infrakit/spi'
import type { Site } from './tree.js'

const longest = 60

/** What is wrong with an action, with its line. */
export function refusal(
  { line, action }: Site,
  problem: string,
  options: { hint?: string | undefined; cause?: unknown } = {},
): InfrakitError {
  const shown = action.length > longest ? `${action.slice(0, longest - 3)}...` : action
  return new InfrakitError('input', `line ${line}: ${shown} ${problem}`, options)
}
