import { listNetworks, removeNetwork, type Engine, type Network } from '@infrakit/docker'
import { composeLabels } from './labels.js'

/** Those of the names that no network has; of the project's, those that have one name, by their IDs. Pure. */
export function survey(project: string, names: readonly string[], networks: readonly Network[]) {
  const own = networks.filter(({ labels }) => labels[composeLabels.project] === project)
  return {
    missing: names.filter((name) => !networks.some((one) => one.name === name)),
    multiple: [...new Set(own.map(({ name }) => name))]
      .map((name) => own.filter((one) => one.name === name).map(({ id }) => id))
      .filter((ids) => ids.length > 1),
  }
}

/**
 * Whether all networks of a project are there, each once.
 *
 * Compose has no lock: two that bring up a project at the same time both make its network, and nothing can be put into either
 * as long as they have one name. Those too many that nobody is in are removed; the engine refuses to remove others.
 */
export async function settleNetworks(engine: Engine, project: string, names: readonly string[]): Promise<boolean> {
  const { missing, multiple } = survey(project, names, await listNetworks(engine))
  for (const ids of multiple) {
    let left = ids.length
    for (const id of ids) {
      if (left <= 1) break
      await removeNetwork(engine, id).then(
        () => left--,
        () => undefined,
      )
    }
  }
  return missing.length === 0
}
