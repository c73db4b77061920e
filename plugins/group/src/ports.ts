import { randomUUID } from 'node:crypto'
import type { Ports, StateStore } from '@infrakit/group'
import { mindsFailpoints, type PluginContext } from '@infrakit/host'
import { bootId } from '@infrakit/store'
import { withFailpoints } from './failpoints.js'
import { createFinder } from './finder.js'

/** Hands the controller its world: plugins found by name, the store, clocks, chance, and somebody to tell. */
export function createPorts(
  context: Pick<PluginContext<object>, 'plugins' | 'log' | 'events'>,
  store: StateStore,
): Ports {
  const { log, events, plugins } = context
  const ports: Ports = {
    ...createFinder(plugins),
    store,
    clock: { now: () => performance.now(), date: () => new Date(), boot: bootId() },
    random: Math.random,
    newKey: randomUUID,
    log,
    publish: (event) => events.publish(event),
  }
  return mindsFailpoints ? withFailpoints(ports) : ports
}
