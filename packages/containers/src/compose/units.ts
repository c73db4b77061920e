import { parseDuration } from '@infrakit/spi'
import { z } from 'zod'

const unitBytes: Readonly<Record<string, number>> = { b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 }
const size = /^(\d+(?:\.\d+)?) *([bkmgt])?b?$/i

/** Bytes of a size as Compose writes it: `64m`, `1.5gb`, `1024`. `undefined` when it is none. */
export function parseBytes(text: string): number | undefined {
  const [, count, unit = 'b'] = size.exec(text) ?? []
  return count === undefined ? undefined : Math.floor(Number(count) * (unitBytes[unit.toLowerCase()] ?? NaN))
}

/** A size, read into bytes. */
export const bytes = z.union([z.int().nonnegative(), z.string()]).transform((value, context) => {
  const read = typeof value === 'number' ? value : parseBytes(value)
  if (read === undefined) context.addIssue(`expected a size such as 64m or 1gb, got "${String(value)}"`)
  return read ?? z.NEVER
})

/** A duration, read into milliseconds. */
export const duration = z.string().transform((value, context) => {
  const read = parseDuration(value)
  if (read === undefined) context.addIssue(`expected a duration such as 1m30s, got "${value}"`)
  return read ?? z.NEVER
})
