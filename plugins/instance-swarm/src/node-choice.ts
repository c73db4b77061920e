import type { SwarmNode } from '@infrakit/docker'
import { InfrakitError } from '@infrakit/spi'

/** What a constraint's key stands for at a node; `undefined` for a key that is not known here. */
function valueOf(node: SwarmNode, key: string): string | undefined {
  if (key === 'node.id') return node.id
  if (key === 'node.hostname') return node.hostname
  if (key === 'node.role') return node.role
  if (key === 'node.ip') return node.address
  const [, kind, name = ''] = /^(node|engine)\.labels\.(.+)$/.exec(key) ?? []
  if (kind === undefined) return undefined
  return (kind === 'node' ? node.labels : node.engineLabels)[name] ?? ''
}

/** Whether a node meets a constraint, as the swarm sees it: without regard to case. What is not known here, the swarm judges. */
function meets(node: SwarmNode, constraint: string): boolean {
  const [, key = '', operator, wanted = ''] = /^\s*([^=!\s]+)\s*([=!]=)\s*(.*?)\s*$/.exec(constraint) ?? []
  const value = valueOf(node, key)
  if (value === undefined) return true
  return (value.toLowerCase() === wanted.toLowerCase()) === (operator === '==')
}

export interface NodeWish {
  readonly constraints: readonly string[]
  /** Goes before all others when it is the name, or the ID, of a node. */
  readonly logicalID: string | undefined
}

/**
 * Chooses the node of an instance that stays there: one that the scheduler may use, that meets the constraints and has none of
 * the same group. Pure.
 *
 * @param taken IDs of nodes that have one
 * @throws InfrakitError `unavailable` when there is none
 */
export function chooseNode(
  nodes: readonly SwarmNode[],
  { constraints, logicalID }: NodeWish,
  taken: ReadonlySet<string>,
): SwarmNode {
  const fit = nodes.filter(
    (node) => node.state === 'ready' && node.availability === 'active' && constraints.every((one) => meets(node, one)),
  )
  const named = nodes.filter(({ id, hostname }) => logicalID === id || logicalID === hostname)
  const candidates = named.length > 0 ? fit.filter((node) => named.includes(node)) : fit
  const [first] = candidates.filter(({ id }) => !taken.has(id)).sort((a, b) => (a.hostname < b.hostname ? -1 : 1))
  if (first) return first
  const words = named.length > 0 ? `the node ${logicalID} is not to be had` : 'no node is left'
  throw new InfrakitError(
    'unavailable',
    `${words}: of ${nodes.length} nodes ${fit.length} may be used and meet the constraints, and ${taken.size} have one`,
    { hint: 'With Mode: global a group has one instance for a node at most: add a node, or lower its Size.' },
  )
}
