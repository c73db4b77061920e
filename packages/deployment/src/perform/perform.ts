import type { Action } from '../actions.js'
import type { Performing } from '../executor.js'
import type { Ports } from '../ports.js'
import type { Keeper } from '../traffic/keeper.js'
import { commit, converge, dissolve } from './groups.js'
import { pull } from './pull.js'
import { record } from './record.js'
import { runHook, runTest } from './tests.js'
import { watch } from './watch.js'

/** Carries out one action of a service's deployment. */
export function performer(ports: Ports, keeper: Keeper): (action: Action, performing: Performing) => Promise<void> {
  return async (action, performing) => {
    switch (action.Type) {
      case 'pull':
        return pull(ports, action, performing)
      case 'commit':
        return commit(ports, action, performing)
      case 'converge':
        return converge(ports, action, performing)
      case 'dissolve':
        return dissolve(ports, action, performing)
      case 'route':
        return keeper.route(action, performing)
      case 'drain':
        return keeper.drainGroup(action, performing)
      case 'test':
        return runTest(ports, action, performing, keeper.traffic?.Routes ?? [])
      case 'hook':
        return runHook(ports, action, performing)
      case 'watch':
        return watch(ports, action, performing)
      case 'record':
        return record(ports, action, performing)
    }
  }
}
