import type { DeploymentPlan } from '@infrakit/spi'
import type { Action } from './actions.js'

/** The plugins whose calls a plan makes. */
export function pluginsOf(plan: DeploymentPlan): { groups: string[]; proxies: string[] } {
  const groups = new Set<string>()
  const proxies = new Set<string>()
  for (const { Do, Undo } of plan.Steps) {
    for (const action of [...(Do as readonly Action[]), ...(Undo as readonly Action[])]) {
      if ('Plugin' in action) groups.add(action.Plugin)
      if (action.Type === 'route') for (const name of action.Clear) proxies.add(name)
      if (action.Type === 'route') for (const name of action.Traffic?.Proxies ?? []) proxies.add(name)
    }
  }
  return { groups: [...groups], proxies: [...proxies] }
}

/** How long what comes after the record may take (ms): twice what its longest wait may. */
export function patienceOf(plan: DeploymentPlan): number {
  const waits = plan.Steps.flatMap(({ Do }) =>
    (Do as readonly Action[]).map((one) => ('Seconds' in one ? one.Seconds : 0)),
  )
  return 2000 * Math.max(60, ...waits)
}
