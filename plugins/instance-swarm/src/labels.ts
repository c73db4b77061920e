import type { Tags } from '@infrakit/spi'

/** The label by which the swarm is asked for a plugin's services, and an engine for their containers; it says which plugin. */
export const ownerLabel = 'infrakit.instance-swarm'

/** The tags, as JSON: people give services labels of their own, which are no tags. */
export const tagsLabel = `${ownerLabel}.tags`
export const logicalIDLabel = `${ownerLabel}.logical-id`

/** What the tasks are made of, without what can be changed in place: a hash. */
export const shapeLabel = `${ownerLabel}.shape`

/** All that the tasks are made of: a hash. */
export const templateLabel = `${ownerLabel}.template`

/** The node on which it stays for ever. */
export const nodeLabel = `${ownerLabel}.node`

/** Whose job it runs. */
export const jobLabel = `${ownerLabel}.job`

/** A label that no node has: what has to be on a node with it is on none. */
export const nowhere = 'node.labels.infrakit.instance-swarm.parked==everywhere'

/** The tags of a service. */
export function tagsOf({ labels }: { readonly labels: Readonly<Record<string, string>> }): Tags {
  return JSON.parse(labels[tagsLabel] ?? '{}') as Tags
}

/** Labels with other tags in them: each also as a label of its own, by which people find services. */
export function withTags(labels: Readonly<Record<string, string>>, tags: Tags): Record<string, string> {
  return { ...labels, ...tags, [tagsLabel]: JSON.stringify(tags) }
}
