import type { Flavor, Registry, Tags } from '@infrakit/spi'
import type { VerifyOptions } from '../../src/conformance/index.js'
import { miniPlugin, originalWire, type Wire } from './mini-plugin.js'
import { rightGroup, type GroupHabits } from './right-group.js'
import { rightFlavor, rightInstance, type RightInstance } from './right-plugins.js'
import { checked, rightRegistry, type RightRegistry } from './right-registry.js'

/** A plugin with one thing broken, and the promise that it breaks. */
export interface BrokenPlugin {
  readonly what: string
  readonly breaks: string
  readonly plugin: () => Omit<VerifyOptions, 'name'>
}

/** What a test changes of an instance plugin that is right. */
type Break = (plugin: RightInstance) => Partial<RightInstance['handlers']> | void

/** @param abilities the optional interfaces too */
export function instancePlugin(change: Break = () => undefined, wire: Partial<Wire> = {}, abilities = false) {
  const right = rightInstance()
  const handlers = { ...right.handlers, ...(change(right) ?? {}) }
  const more = {
    Lifecycle: handlers,
    Fence: right.fence,
    Metadata: right.metadata,
    Resolve: right.resolve,
    Prepare: right.prepare,
    Logs: right.logs,
    Event: right.topics,
  }
  const objects = { Instance: handlers, ...(abilities ? more : {}) }
  return { transport: miniPlugin(objects, wire, abilities ? right.hub.listen : undefined) }
}

export function flavorPlugin(change: (right: Flavor) => Partial<Flavor> = () => ({}), wire: Partial<Wire> = {}) {
  const right = rightFlavor()
  return { transport: miniPlugin({ Flavor: { ...right, ...change(right) } }, wire) }
}

/** @param lenient methods that take what they get */
export function registryPlugin(
  change: (right: RightRegistry) => Partial<Registry> | void = () => undefined,
  lenient: readonly (keyof Registry)[] = [],
) {
  const right = rightRegistry()
  const registry = { ...right.registry, ...(change(right) ?? {}) }
  return { transport: miniPlugin({ Registry: checked(registry, lenient) }, {}, right.listen) }
}

/** The same without what waits for something to run out, for what is broken elsewhere. */
export function quickRegistryPlugin(...how: Parameters<typeof registryPlugin>) {
  return { ...registryPlugin(...how), slow: false }
}

/** @param original without what the original's releases up to v0.5 did not have */
export function groupPlugin(habits: Partial<GroupHabits> = {}, original = false) {
  const { handlers } = rightInstance()
  const instance = { name: 'memory', transport: miniPlugin({ Instance: handlers }) }
  const { history, rollback, ...group } = rightGroup(handlers, habits)
  const { size: _size, setSize: _setSize, destroyInstances: _destroyInstances, ...older } = group
  const transport = original
    ? miniPlugin({ Group: older }, originalWire)
    : miniPlugin({ Group: group, Revisions: { history, rollback } })
  return { transport, group: { instance, flavor: { name: 'memory' } } }
}

/** Tags without those that `wrong` tells. */
export function without(tags: Tags | null | undefined, wrong: (key: string) => boolean): Tags {
  return Object.fromEntries(Object.entries(tags ?? {}).filter(([key]) => !wrong(key)))
}
