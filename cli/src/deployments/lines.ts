import type { DeploymentDescription, DeploymentPlan, DeploymentReport, StepReport, StepState } from '@infrakit/spi'

const marks: Readonly<Record<StepState, string>> = {
  waiting: ' ',
  running: '>',
  done: '+',
  undoing: '<',
  undone: '-',
}

/** A plan for a person: what is done, what takes it back, and what to know before. */
export function planLines(plan: DeploymentPlan): string[] {
  const { Service, Kind, Release, Colour, Scale, Strategy, Steps, Warnings, From } = plan
  const instances = `${Scale} instance${Scale === 1 ? '' : 's'}`
  const width = Math.max(0, ...Steps.map(({ Name }) => Name.length))
  return [
    `${Kind} of ${Service}: release ${Release} (${Colour}, ${instances}), ${Strategy}${From ? `; active is ${From}` : ''}`,
    ...Steps.flatMap(({ Name, Text, UndoText }) => [
      `  ${Name.padEnd(width)}  ${Text}`,
      ...(UndoText ? [`  ${''.padEnd(width)}    undo: ${UndoText}`] : []),
    ]),
    ...Warnings.map((warning) => `note: ${warning}`),
  ]
}

/** A plan to be shown: the actions of its steps hold specifications, and with them what may be secret. */
export function withoutActions(plan: DeploymentPlan): object {
  return { ...plan, Steps: plan.Steps.map(({ Name, Text, UndoText }) => ({ Name, Text, UndoText })) }
}

/** What changed since the report was last seen, a line each. */
export function changedLines(before: DeploymentReport | undefined, now: DeploymentReport): string[] {
  const states = new Map(before?.Steps.map(({ Name, State }) => [Name, State]))
  const steps = now.Steps.flatMap((step) => {
    const then = states.get(step.Name) ?? 'waiting'
    return step.State === then ? [] : linesOfStep(step, then)
  })
  const failure = now.Failure && !before?.Failure ? failureLines(now) : []
  const paused = now.State === 'paused' && before?.State !== 'paused' ? ['paused before the next step'] : []
  return [
    ...(now.State === 'reverting' || now.State === 'reverted' ? [...failure, ...steps] : [...steps, ...failure]),
    ...paused,
  ]
}

function linesOfStep({ Name, Text, State }: StepReport, then: StepState): string[] {
  if (State === 'running') return [`${Name}: ${Text}`]
  if (State === 'done') return then === 'waiting' ? [`${Name}: ${Text}`, `${Name}: done`] : [`${Name}: done`]
  return State === 'undoing' ? [`${Name}: taking it back`] : []
}

/** Why it failed: what was probed, what came back, and what instances wrote last. */
export function failureLines({ Failure }: DeploymentReport): string[] {
  if (!Failure) return []
  return [`failed at '${Failure.Step}': ${Failure.Message}`, ...(Failure.Details ?? []).map((line) => `  ${line}`)]
}

/** All that a person watches while it goes on: steps, instances and their health, and who gets the requests. */
export function liveLines(description: DeploymentDescription, width: number): string[] {
  const report = description.Deployment
  if (!report) return [description.Summary]
  const { Kind, Release, Strategy, State } = report
  const steps = report.Steps.map(({ Name, Text, State: state }) => `  ${marks[state]} ${Name}: ${Text}`)
  const doing = report.Doing ? [`    ${report.Doing}`] : []
  const at = report.Steps.findIndex(({ State: state }) => state === 'running' || state === 'undoing')
  const lines = [
    `${Kind} of release ${Release} of ${description.Service}, ${Strategy}: ${State}`,
    ...steps.slice(0, at + 1),
    ...(at >= 0 ? doing : []),
    ...steps.slice(at + 1),
    ...trafficLines(description),
  ]
  return lines.map((line) => line.slice(0, width))
}

/** Who gets the requests, and how the instances are. */
export function trafficLines({ Traffic, Instances, Releases }: DeploymentDescription): string[] {
  const shares = new Map(Traffic.map(({ Group, Share }) => [Group, `${Math.round(Share * 1000) / 10}%`]))
  const groups = [...new Set([...Traffic.map(({ Group }) => Group), ...Instances.map(({ Group }) => Group)])]
  return groups.map((group) => {
    const members = Instances.filter(({ Group }) => Group === group)
    const counts = new Map<string, number>()
    for (const { Health } of members) counts.set(Health, (counts.get(Health) ?? 0) + 1)
    const health = [...counts].map(([word, count]) => `${count} ${word}`).join(', ') || 'no instances'
    const release = Releases.find(({ Group }) => Group === group)
    return `  ${group}${release ? ` (${release.Colour})` : ''}: ${shares.get(group) ?? '0%'} of the requests, ${health}`
  })
}
