export interface Column {
  readonly title: string
  /** Characters it takes at least, the gap to the next column included. */
  readonly width?: number
}

/** Characters between two columns, at least. */
const gap = 2

/** Lines of an aligned table; the last column is never padded. Without headings when `quiet`. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  options: { quiet?: boolean } = {},
): string[] {
  const cells = rows.map((row) => row.map(printable))
  const all = options.quiet ? cells : [columns.map((column) => column.title), ...cells]
  const widths = columns.map((column, index) =>
    Math.max(column.width ?? 0, ...all.map((row) => (row[index]?.length ?? 0) + gap)),
  )
  return all.map((row) =>
    row
      .map((cell, index) => (index === columns.length - 1 ? cell : cell.padEnd(widths[index] ?? 0)))
      .join('')
      .trimEnd(),
  )
}

/** What a plugin says must not move the cursor or change the terminal. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
