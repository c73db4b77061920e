import { parseArgsStringToArgv } from 'string-argv'
import { z } from 'zod'

const scalar = z.union([z.string(), z.number(), z.boolean()])

/** A list of texts, or one of them. */
export const oneOrMore = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat())

/** argv: as a list, or as a line that is split as a shell would. No shell runs it. */
export const argv = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (typeof value === 'string' ? parseArgsStringToArgv(value) : value))

/**
 * `NAME: value`, or a list of `NAME=value`. What has no value is handed on as an empty text.
 *
 * @param separators of a list's entries; the first that is there counts
 */
export function mapping(...separators: readonly [string, ...string[]]) {
  return z
    .union([z.record(z.string().min(1), scalar.nullable()), z.array(z.string().min(1))])
    .transform((value): Record<string, string> => {
      if (!Array.isArray(value))
        return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, String(one ?? '')]))
      return Object.fromEntries(
        value.map((line) => {
          const found = separators.map((separator) => line.indexOf(separator)).filter((at) => at > 0)
          const at = found[0] ?? line.length
          return [line.slice(0, at), line.slice(at + 1)]
        }),
      )
    })
}
