import {
  kindOf,
  type DeploymentReport,
  type DeploymentDescription,
  type ServiceSummary,
  type TrafficReport,
} from '@infrakit/spi'
import type { Ports } from './ports.js'
import type { Journal, ServiceState, Traffic } from './records.js'
import type { Recorded } from './read-facts.js'
import { instances } from './scale.js'
import type { Keeper } from './traffic/keeper.js'

/** A service as it is recorded, with what only this process knows. */
export async function describeService(
  ports: Ports,
  service: string,
  { state, traffic, journal }: Recorded,
  keeper: Keeper,
  running: DeploymentReport | undefined,
): Promise<DeploymentDescription> {
  const deployment = running ?? journal?.Report
  return {
    Service: service,
    Summary: summaryOf(service, state, deployment),
    Releases: [...(state?.Releases ?? [])],
    Traffic: traffic ? sharesOf(traffic, keeper) : [],
    Deployment: deployment ?? null,
    Instances: await instancesOf(ports, state, traffic),
  }
}

/** Whether it was, and only its history is left. */
export function isRemoved(state: ServiceState | undefined, journal: Journal | undefined): boolean {
  if (state || journal?.Direction !== 'ended') return false
  const { Kind, Leftovers } = journal.Report
  return Kind === 'remove' && !Leftovers?.length
}

export function summarize(
  service: string,
  state: ServiceState | undefined,
  journal: Journal | undefined,
): ServiceSummary {
  const active = state?.Releases.find(({ Release }) => Release === state.Active)
  const unfinished = journal && journal.Direction !== 'ended'
  return {
    Service: service,
    Release: active?.Release ?? null,
    Colour: active?.Colour ?? null,
    Scale: active?.Scale ?? null,
    State: unfinished ? journal.Report.State : 'idle',
  }
}

/** In which state the service is now, in a sentence or two. */
export function summaryOf(
  service: string,
  state: ServiceState | undefined,
  deployment: DeploymentReport | undefined,
): string {
  const active = state?.Releases.find(({ Release }) => Release === state.Active)
  const serves = active
    ? `${service}: release ${active.Release} (${active.Colour}, ${instances(active.Scale)}) is active`
    : `${service}: no release is active`
  const going = deployment && goingOn(deployment)
  return going === undefined ? `${serves}.` : `${serves}; ${going}.`
}

function goingOn({ Kind, Release, State, Steps, Failure, Doing, Leftovers }: DeploymentReport): string | undefined {
  const change = Kind === 'remove' ? 'the removal' : `the ${Kind}`
  const what = Kind === 'deploy' ? `release ${Release}` : change
  const step = Steps.find((one) => one.State === 'running' || one.State === 'undoing')
  const at = step ? ` at '${step.Name}'${Doing ? ` (${Doing})` : ''}` : ''
  if (State === 'running') return `${what} is on its way${at}`
  if (State === 'paused') return `${what} is paused${at}`
  if (State === 'reverting') return `${what} is being taken back${at}: ${Failure?.Message ?? ''}`
  if (State === 'reverted') return `${what} was taken back: ${Failure?.Message ?? ''}`
  return Leftovers?.length ? `left over: ${Leftovers.join('; ')}` : undefined
}

function sharesOf({ Shares }: Traffic, keeper: Keeper): TrafficReport[] {
  const sum = Shares.reduce((total, { Weight }) => total + Weight, 0)
  return Shares.map(({ Release, Group, Colour, Weight }) => ({
    Release,
    Group,
    Colour,
    Share: sum > 0 ? Weight / sum : 0,
    Servers: keeper.serversOf(Group),
  }))
}

async function instancesOf(ports: Ports, state: ServiceState | undefined, traffic: Traffic | undefined) {
  const kept = (state?.Releases ?? []).filter(({ State }) => State !== 'replaced').map(({ Group }) => Group)
  const groups = [...new Set([...(traffic?.Shares ?? []).map(({ Group }) => Group), ...kept])]
  const plugin = traffic?.GroupPlugin ?? 'group'
  const listed = await Promise.all(groups.map((group) => membersOf(ports, plugin, group)))
  return listed.flat()
}

async function membersOf(ports: Ports, plugin: string, Group: string) {
  try {
    const { group } = await ports.group(plugin)
    const { Description } = await group.describeGroup({ ID: Group })
    const reasons = new Map((Description.Activities ?? []).map(({ Instance, Reason }) => [Instance, Reason]))
    return Description.Instances.map(({ ID }) => ({
      Group,
      Instance: ID,
      Health: Description.Health?.[ID] ?? 'unknown',
      Reason: reasons.get(ID) ?? null,
    }))
  } catch (error) {
    // What else is known of the service is worth telling.
    if (['not-found', 'unavailable', 'timeout'].includes(kindOf(error))) return []
    throw error
  }
}
