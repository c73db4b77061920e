import { InfrakitError, type DeploymentPlan } from '@infrakit/spi'
import type { Journal } from './records.js'

/** The service has a deployment that nobody carries out at this moment. */
export function unfinished({ Report }: Journal): InfrakitError {
  return new InfrakitError(
    'conflict',
    `${Report.ID} (${Report.Kind} of release ${Report.Release}) was begun at ${Report.Began} by ${Report.Owner}, and has not ended`,
    {
      hint: `it is taken over when its owner's lease has run out; at once with: infrakit deployment unlock ${Report.ID.replace(/-\d+$/, '')}`,
    },
  )
}

/** Exactly the plan that was seen is carried out, or none: throws `conflict` for another one. */
export function refuseOther(given: DeploymentPlan, now: DeploymentPlan): void {
  const text = (plan: DeploymentPlan) => JSON.stringify(sorted(plan))
  if (text(given) === text(now)) return
  const step = now.Steps.find(
    (one, at) => text({ ...now, Steps: [one] }) !== text({ ...now, Steps: given.Steps[at] ? [given.Steps[at]] : [] }),
  )
  const what =
    given.Release !== now.Release
      ? `it would be release ${now.Release} now`
      : step
        ? `'${step.Name}' would be another step now`
        : 'the service has changed'
  throw new InfrakitError('conflict', `this plan was made for a world that is no more: ${what}`, {
    hint: 'plan again: infrakit deploy FILE --out plan.json',
  })
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).filter(([, one]) => one !== null && one !== undefined)
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, sorted(one)]))
}
