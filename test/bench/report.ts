import type { Measured } from './measure.js'

/** Three digits that count, and no more. */
function short(value: number): string {
  const digits = value === 0 ? 1 : Math.floor(Math.log10(Math.abs(value))) + 1
  return value.toFixed(Math.min(2, Math.max(0, 3 - digits)))
}

function held({ compare, value, unit }: Measured): string {
  return compare === 'ratio' ? `${value.toFixed(2)}×` : `${value < 0 ? '−' : '+'}${short(Math.abs(value))} ${unit}`
}

function target({ bound, limit, compare, unit }: Measured): string {
  return `${bound === 'at most' ? '≤' : '≥'} ${compare === 'ratio' ? `${limit}×` : `+${limit} ${unit}`}`
}

function aimed({ aim, unit, reference }: Measured): string {
  if (reference) return `${reference.aim}× ${short(reference.value)} ${unit} of ${reference.of}`
  return aim === null ? '' : `${aim} ${unit}`
}

function cells(one: Measured): string[] {
  const verdict = one.met ? 'met' : '**missed**'
  return [
    one.title,
    `${short(one.ours)} ${one.unit}`,
    `${short(one.floor)} ${one.unit}`,
    held(one),
    target(one),
    verdict,
    aimed(one),
  ]
}

const head = ['what', 'ours', 'floor', 'ours to floor', 'target', 'verdict', 'aim for ours']

/** A row that could not be measured here. */
export interface Skipped {
  readonly title: string
  readonly why: string
}

/** A table in Markdown. */
export function table(measured: readonly Measured[], skipped: readonly Skipped[] = []): string {
  const absent = skipped.map(({ title, why }) => [title, '', '', '', '', `skipped: ${why}`, ''])
  const rows = [head, head.map(() => '---'), ...measured.map(cells), ...absent]
  return rows.map((row) => `| ${row.join(' | ')} |`).join('\n')
}
