import { formatDuration, type GroupDescription, type GroupFailure, type LastLines } from '@infrakit/spi'
import { printable } from '../output/table.js'

/** Lines that tell a person how a group is, below its table. @param now milliseconds since 1970 */
export function formatStatus(description: GroupDescription, now: number): string[] {
  const { Activities, LastFailure, Health } = description
  const lines = ['', `Status:  ${summary(description)}`]
  for (const one of Activities ?? []) {
    lines.push(`Doing:   ${[one.Action, one.Instance ?? one.LogicalID].filter(Boolean).join(' ')}: ${one.Reason}`)
  }
  // The table shows what is stopped.
  const ailing = Object.entries(Health ?? {}).filter(([, judgement]) => !['healthy', 'stopped'].includes(judgement))
  for (const [id, judgement] of ailing) lines.push(`Health:  ${id} is ${judgement}`)
  if (LastFailure) lines.push(`Failed:  ${LastFailure.Message}`, `         ${formatTimes(LastFailure, now)}`)
  if (LastFailure || !description.Converged) lines.push(...(description.LastLines ?? []).flatMap(formatLastLines))
  return lines.map(printable)
}

function summary({ Status, Converged, Size, Revision, Instances }: GroupDescription): string {
  const status = Status ?? (Converged ? 'converged' : 'not converged')
  const size = typeof Size === 'number' ? `, ${Instances.length} of ${Size} instances` : ''
  const revision = typeof Revision === 'number' ? `, revision ${Revision}` : ''
  return `${status}${size}${revision}`
}

/** What a member that was given up wrote last. */
function formatLastLines({ Instance, At, Reason, Lines }: LastLines): string[] {
  return [`Log:     ${Instance} at ${At}: ${Reason}`, ...Lines.map((line) => `         | ${line}`)]
}

function formatTimes({ At, RetryAt }: GroupFailure, now: number): string {
  if (!RetryAt) return `at ${At}; not tried again until somebody changes something`
  const wait = Date.parse(RetryAt) - now
  return `at ${At}; tried again at ${RetryAt}${wait > 0 ? ` (in ${formatDuration(wait)})` : ''}`
}
