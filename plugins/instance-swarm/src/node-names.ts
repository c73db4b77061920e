import type { SwarmNode } from '@infrakit/docker'

/** How a node is called in listings and messages: by its host name, with some of its ID where others have the same. */
export function nodeName(node: SwarmNode, nodes: Iterable<SwarmNode>): string {
  const same = [...nodes].filter(({ hostname }) => hostname === node.hostname)
  return same.length > 1 || node.hostname === '' ? `${node.hostname}-${node.id.slice(0, 5)}` : node.hostname
}
