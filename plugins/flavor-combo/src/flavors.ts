import type { Plugins } from '@infrakit/discovery'
import { flavorInterface, resolveInterface, type Flavor, type Resolve } from '@infrakit/spi'
import { flavorSchemas, resolveSchemas } from '@infrakit/spi/schemas'

/** Finds the combined flavors by name. */
export interface Flavors {
  /** Throws `not-found`, `unavailable` or `incompatible`. */
  flavor(name: string): Promise<Flavor>
  /** The flavor's ability to resolve; `undefined` when it has none. Throws as `flavor` does. */
  resolver(name: string): Promise<Resolve | undefined>
}

/** Flavors that run as plugins of their own. */
export function pluginFlavors(plugins: Plugins): Flavors {
  return {
    flavor: (name) => plugins.get(flavorInterface, name, { schemas: flavorSchemas }),
    async resolver(name) {
      if (!(await plugins.implements(resolveInterface, name))) return undefined
      return plugins.get(resolveInterface, name, { schemas: resolveSchemas })
    },
  }
}
