import { InfrakitError, kindOf, messageOf } from '@infrakit/spi'
import type { Part } from './properties.js'

/** What a flavor threw, with its place in the combo and its name in front. */
export function failureOf(part: Part, error: unknown): InfrakitError {
  const { hint, path } = error instanceof InfrakitError ? error : { hint: undefined, path: undefined }
  return new InfrakitError(kindOf(error), `${part.path} (${part.name}): ${messageOf(error)}`, {
    hint,
    path: path === undefined ? part.path : `${part.path}.${path}`,
    cause: error,
  })
}

/** Runs `work` for a part; what it throws says which part it was. */
export async function forPart<T>(part: Part, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw failureOf(part, error)
  }
}

/** Runs `work` for all parts at once. Throws one error that tells of every failure, a line each. */
export async function forEachPart<T>(parts: readonly Part[], work: (part: Part) => Promise<T>): Promise<T[]> {
  const outcomes = await Promise.allSettled(parts.map((part) => forPart(part, () => work(part))))
  const failures = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason as InfrakitError] : [],
  )
  const [first, ...others] = failures
  if (first === undefined) return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  if (others.length === 0) throw first
  const { kind, hint, path } = first
  throw new InfrakitError(kind, failures.map(messageOf).join('\n'), { hint, path, cause: first })
}
