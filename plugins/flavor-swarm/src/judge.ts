import type { SwarmNode } from '@infrakit/docker'
import type { StartWatch } from '@infrakit/host'
import { health, type HealthyResult, type InstanceDescription } from '@infrakit/spi'
import type { Role } from './allocation.js'
import { linkLabel } from './link.js'

/** The nodes of the instance with this link: more than one where a machine has joined twice. */
export function nodesOf(link: string, nodes: readonly SwarmNode[]): SwarmNode[] {
  return nodes.filter(({ engineLabels }) => engineLabels[linkLabel] === link)
}

const rank: Readonly<Record<number, number>> = { [health.healthy]: 2, [health.unknown]: 1, [health.unhealthy]: 0 }

/** What one node's state and role say. */
export function judgeNode(node: SwarmNode, role: Role): HealthyResult {
  const { id, state, message, availability, reachability } = node
  const why = message === '' ? '' : ` (${message})`
  const said = `node ${id} is ${state}${why}`
  if (state === 'down') return { Health: health.unhealthy, Reason: said }
  if (state !== 'ready') return { Health: health.unknown, Reason: said }
  if (role === 'manager' && node.role !== 'manager') {
    return { Health: health.unhealthy, Reason: `${said}, and no manager: somebody demoted it` }
  }
  if (node.role === 'manager' && reachability === 'unreachable') {
    return { Health: health.unhealthy, Reason: `${said}, but the other managers do not reach it` }
  }
  // Whoever paused or drained a node by hand wants it kept.
  const set = availability === 'active' ? '' : `, set to ${availability}`
  return { Health: health.healthy, Reason: `${said}${set}` }
}

/** How long an instance may take to join, and what is known of it so far. */
export interface Joining {
  readonly starts: StartWatch
  readonly timeoutMs: number
}

/** What the swarm's nodes say of an instance's health. */
export function judge(
  { ID }: Pick<InstanceDescription, 'ID'>,
  link: string,
  nodes: readonly SwarmNode[],
  role: Role,
  { starts, timeoutMs }: Joining,
): HealthyResult {
  const found = nodesOf(link, nodes).map((node) => judgeNode(node, role))
  const [best] = found.sort((a, b) => (rank[b.Health] ?? 0) - (rank[a.Health] ?? 0))
  if (best) {
    starts.works(ID)
    return best
  }
  const Reason = `no node has the label ${linkLabel}=${link}`
  if (starts.mayTakeTime(ID, timeoutMs)) return { Health: health.unknown, Reason: `${Reason} yet` }
  const since = starts.hasWorked(ID) ? 'it was taken out of the swarm' : 'it did not join in time'
  return { Health: health.unhealthy, Reason: `${Reason}: ${since}` }
}
