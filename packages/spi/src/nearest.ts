/**
 * Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours.
 */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const above = rows[i - 1] ?? []
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (rows[i - 2]?.[j - 2] ?? 0) + 1)
      }
      row.push(best)
    }
    rows.push(row)
  }
  return rows[a.length]?.[b.length] ?? 0
}

/** The known name that a mistyped one most likely means (case aside), or `undefined` when none is near. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: { name: string; far: number } | undefined
  for (const candidate of known) {
    const far = distance(name.toLowerCase(), candidate.toLowerCase())
    if (!best || far < best.far) best = { name: candidate, far }
  }
  return best && best.far <= Math.max(1, Math.floor(best.name.length / 3)) ? best.name : undefined
}
