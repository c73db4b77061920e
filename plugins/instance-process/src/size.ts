const unitBytes: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  kB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
}

/** Reads `64MiB`, `1.5GB` or a number of bytes; `undefined` when it is none. */
export function parseSize(size: string | number): number | undefined {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?) ?([A-Za-z]*)$/.exec(String(size)) ?? []
  const bytes = Math.round(Number(digits) * (unitBytes[unit] ?? NaN))
  return Number.isSafeInteger(bytes) ? bytes : undefined
}
