import {
  InfrakitError,
  kindOf,
  type Deployment,
  type DeploymentDescription,
  type DeploymentReport,
} from '@infrakit/spi'
import type { Context } from '../context.js'
import { createLiveView } from '../output/live-view.js'
import { printable } from '../output/table.js'
import { askWhatToDo } from './interrupted.js'
import { changedLines, failureLines, liveLines } from './lines.js'

/** Without an event it is looked at again so soon (ms). */
const lookMs = 1000
/** How long the plugin may be away, being restarted, before following it is given up (ms). */
const absenceMs = 120_000

/** What is followed: a deployment by its ID, of one service, in one plugin. */
export interface Followed {
  readonly plugin: string
  readonly deployment: Deployment
  readonly service: string
  readonly id: string
}

/**
 * Shows a deployment until it has ended, and answers the exit status. The last line says in which state the service is. On
 * a terminal all of it is drawn anew with each change; elsewhere changes are lines; with `--json` each is an object.
 */
export async function follow(context: Context, followed: Followed): Promise<number> {
  const { deployment, service, id } = followed
  const terminal = Boolean(process.stdout.isTTY) && !context.json && !context.quiet
  const view = terminal ? createLiveView(process.stdout) : undefined
  const looks = await wakeByEvents(context, followed)
  const interrupts = catchInterrupts(looks.wake)
  let before: DeploymentReport | undefined
  let text = ''
  try {
    for (let awaySince: number | undefined; ; await looks.next()) {
      if (interrupts.taken()) {
        view?.end()
        if ((await askWhatToDo(context, deployment, service, id)) === 'detach') return 0
      }
      const description = await look(deployment, service)
      if (!description) {
        awaySince ??= performance.now()
        if (performance.now() - awaySince > absenceMs) throw away(service)
        continue
      }
      awaySince = undefined
      const report = await reportOf(deployment, description, id)
      if (view) view.show(liveLines({ ...description, Deployment: report }, process.stdout.columns ?? 80))
      else text = tell(context, before, report, text)
      before = report
      if (report.Ended) return end(context, description, report, view !== undefined, () => view?.end())
    }
  } finally {
    interrupts.stop()
    looks.stop()
  }
}

/** In plain lines, or objects. @returns what was told last of what is being done */
function tell(context: Context, before: DeploymentReport | undefined, now: DeploymentReport, doing: string): string {
  if (context.json) {
    if (JSON.stringify(before) !== JSON.stringify(now)) context.print(JSON.stringify(now))
    return doing
  }
  if (!context.quiet) for (const line of changedLines(before, now)) context.print(printable(line))
  const next = now.Doing ?? ''
  // Counts that change all the time would fill the log of a CI run.
  const kind = next.replace(/\d+/g, '0')
  if (kind !== '' && kind !== doing && !context.quiet) context.print(`  ${printable(next)}`)
  return kind === '' ? doing : kind
}

function end(
  context: Context,
  description: DeploymentDescription,
  report: DeploymentReport,
  drawn: boolean,
  clear: () => void,
): number {
  clear()
  if (!context.json) {
    // What was drawn is gone: what is to be read again stays.
    if (drawn) for (const line of changedLines(undefined, report)) context.print(printable(line))
    else if (context.quiet) for (const line of failureLines(report)) context.print(printable(line))
    for (const left of report.Leftovers ?? []) context.print(`left over: ${printable(left)}`)
    context.print(printable(description.Summary))
  }
  return report.State === 'succeeded' ? 0 : 1
}

async function look(deployment: Deployment, Service: string): Promise<DeploymentDescription | undefined> {
  try {
    return (await deployment.describe({ Service })).Description
  } catch (error) {
    if (['unavailable', 'timeout'].includes(kindOf(error))) return undefined
    throw error
  }
}

/** The one that is followed: another one may have begun since it ended. */
async function reportOf(
  deployment: Deployment,
  { Service, Deployment: latest }: DeploymentDescription,
  id: string,
): Promise<DeploymentReport> {
  if (latest?.ID === id) return latest
  const { Deployments } = await deployment.history({ Service })
  const found = Deployments.find(({ ID }) => ID === id)
  if (found) return found
  throw new InfrakitError('not-found', `deployment ${id} is not remembered any more`)
}

function away(service: string): InfrakitError {
  return new InfrakitError(
    'unavailable',
    `the deployment plugin does not answer; the deployment of ${service} goes on when it does`,
    {
      hint: `infrakit deployment describe ${service}`,
    },
  )
}

/** Wakes with each event of the service. */
async function wakeByEvents(context: Context, { plugin, service }: Followed) {
  const ending = new AbortController()
  let pending = false
  let wake: (() => void) | undefined
  const hint = () => {
    pending = true
    wake?.()
  }
  const client = await (await context.plugins()).client(plugin)
  client.subscribe(`deployments/${service}`, { connected: hint, event: hint, signal: ending.signal })
  return {
    wake: hint,
    async next() {
      if (!pending) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, lookMs)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      pending = false
    },
    stop: () => ending.abort(),
  }
}

function catchInterrupts(wake: () => void) {
  let pending = false
  const interrupted = () => {
    pending = true
    wake()
  }
  process.on('SIGINT', interrupted)
  return {
    taken() {
      const was = pending
      pending = false
      return was
    },
    stop: () => void process.removeListener('SIGINT', interrupted),
  }
}
