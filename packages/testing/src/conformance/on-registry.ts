import { applies } from './outcome.js'
import type { Probe } from './probe.js'
import type { PluginPromise } from './promise.js'
import type { RegistryWorld } from './registry-world.js'

/** A check of a registry. */
export function onRegistry(check: (registry: RegistryWorld, probe: Probe) => Promise<void>): PluginPromise['check'] {
  return async (probe) => {
    const { registry } = probe
    applies(registry !== undefined, 'it is no registry')
    if (registry) await check(registry, probe)
  }
}

/** A check that waits until leases or checks have run out, which takes as long as the shortest that the registry has. */
export function onRegistrySlowly(check: (registry: RegistryWorld) => Promise<void>): PluginPromise['check'] {
  return onRegistry(async (registry, { slow }) => {
    applies(slow, 'what waits for something to run out was left out')
    await check(registry)
  })
}
