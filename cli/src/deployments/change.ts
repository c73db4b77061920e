import type { Deployment, DeploymentPlan } from '@infrakit/spi'
import type { OptionDefinition } from '../command.js'
import type { Context } from '../context.js'
import { durationOption } from '../option-values.js'
import { connectDeployment } from './connect.js'
import { follow } from './follow.js'
import { planLines, withoutActions } from './lines.js'

export interface ChangeOptions {
  readonly pretend?: boolean
  readonly wait?: string
  readonly detach?: boolean
}

/** What every verb has that changes a service which is there. */
export const changeOptions: readonly OptionDefinition[] = [
  { flags: '--pretend', description: 'only tell what would be done' },
  { flags: '--wait <duration>', description: 'wait so long for a deployment of the service that goes on' },
  { flags: '--detach', description: 'return once it has begun' },
]

type Change = (
  deployment: Deployment,
  request: { Service: string; Pretend: boolean; WaitSeconds: number },
  call: { timeout: number },
) => Promise<{ ID?: string | null; Plan: DeploymentPlan }>

/** Begins a change and follows it to its end, or tells what it would be. @returns the exit status */
export async function changeService(
  context: Context,
  service: string,
  options: ChangeOptions,
  change: Change,
): Promise<number | void> {
  const { name, deployment } = await connectDeployment(context)
  const WaitSeconds = Math.ceil((durationOption('--wait', options.wait) ?? 0) / 1000)
  const request = { Service: service, Pretend: options.pretend ?? false, WaitSeconds }
  const { ID, Plan } = await change(deployment, request, { timeout: 600_000 + WaitSeconds * 1000 })
  if (ID == null) {
    if (context.json) return context.printJson(withoutActions(Plan))
    for (const line of planLines(Plan)) context.print(line)
    return
  }
  if (!options.detach) return follow(context, { plugin: name, deployment, service, id: ID })
  if (context.json) return context.printJson({ ID })
  context.print(`${ID} has begun`)
}
