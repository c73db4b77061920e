/** Statuses from `least` to `most`, both included. */
export interface StatusRange {
  readonly least: number
  readonly most: number
}

function parseRange(value: unknown): StatusRange | undefined {
  const text = typeof value === 'number' ? String(value) : value
  const match = typeof text === 'string' ? /^([1-5]\d\d)(?:\s*-\s*([1-5]\d\d))?$/.exec(text.trim()) : null
  if (!match) return undefined
  const [least, most] = [Number(match[1]), Number(match[2] ?? match[1])]
  return least <= most ? { least, most } : undefined
}

/** Reads `200`, `"200-299"`, `"200-299, 404"` or a list of these; `undefined` when it is none. */
export function parseStatuses(value: unknown): StatusRange[] | undefined {
  const items = typeof value === 'string' ? value.split(',') : Array.isArray(value) ? (value as unknown[]) : [value]
  const ranges = items.map(parseRange)
  return ranges.length > 0 && ranges.every((range) => range !== undefined) ? ranges : undefined
}

export function formatStatuses(ranges: readonly StatusRange[]): string {
  return ranges.map(({ least, most }) => (least === most ? String(least) : `${least}-${most}`)).join(', ')
}

export function isExpected(status: number, ranges: readonly StatusRange[]): boolean {
  return ranges.some(({ least, most }) => least <= status && status <= most)
}
