import { InfrakitError, kindOf, messageOf, type Opaque, type PluginConfig, type Resolve } from '@infrakit/spi'
import { observe } from './act.js'
import type { FlavorPort, InstancePort, Ports } from './ports.js'
import type { Settings } from './settings.js'
import type { Resolved } from './state.js'
import { isCurrent, type Target } from './target.js'

/** Everything that is asked of the plugins before a specification is taken over. Changes nothing. */
export class Preparation {
  constructor(private readonly ports: Ports) {}

  /** Has both plugins check their properties and fill in what names stand for. Throws what they object to. */
  async check(settings: Settings): Promise<Resolved> {
    const { Instance, Flavor, Allocation } = settings.properties
    const flavor = await this.#flavor(Flavor.Plugin)
    const allocation = { Size: Allocation.Size ?? 0, LogicalIDs: Allocation.LogicalIDs ?? null }
    await named(`Flavor plugin '${Flavor.Plugin}'`, 'Properties.Flavor', () =>
      flavor.flavor.validate({ Properties: Flavor.Properties ?? null, Allocation: allocation }),
    )
    const instance = await this.#instance(Instance.Plugin)
    await named(`Instance plugin '${Instance.Plugin}'`, 'Properties.Instance', () =>
      instance.instance.validate({ Properties: Instance.Properties ?? null }),
    )
    if (settings.parked && !instance.lifecycle) {
      throw new InfrakitError('incompatible', `Instance plugin '${Instance.Plugin}' cannot stop instances`, {
        path: 'Properties.Allocation.State',
        hint: 'its members can only run; leave State out',
      })
    }
    return { Instance: await resolved(instance, Instance), Flavor: await resolved(flavor, Flavor) }
  }

  /** How many instances that carry the ID of a group not yet watched would be outdated; 0 when nobody can tell. */
  async countOutdated(group: string, target: Target): Promise<number> {
    const instance = await this.#instance(target.instance.Plugin)
    const { Descriptions } = await observe(group, { instance })
    return Descriptions.filter((description) => !isCurrent(target, description)).length
  }

  #instance(name: string): Promise<InstancePort> {
    return found('Instance', name, () => this.ports.instance(name))
  }

  #flavor(name: string): Promise<FlavorPort> {
    return found('Flavor', name, () => this.ports.flavor(name))
  }
}

/** What names stand for now. What was resolved before it came here stays as it is. */
async function resolved({ resolve }: { resolve?: Resolve | undefined }, { Properties }: PluginConfig): Promise<Opaque> {
  const given = (Properties as { Resolved?: Opaque } | null | undefined)?.Resolved
  if (given != null) return null
  return (await resolve?.resolve({ Properties: Properties ?? null }))?.Resolved ?? null
}

/** Says which plugin is missing in the original's words. */
async function found<T>(role: string, name: string, find: () => Promise<T>): Promise<T> {
  try {
    return await find()
  } catch (error) {
    throw new InfrakitError(kindOf(error), `Failed to find ${role} plugin '${name}':${messageOf(error)}`, {
      cause: error,
      path: `Properties.${role}.Plugin`,
      hint: error instanceof InfrakitError ? error.hint : undefined,
    })
  }
}

/** Puts where the properties stand in the group's specification before what a plugin says of them. */
async function named(who: string, path: string, check: () => Promise<void>): Promise<void> {
  try {
    await check()
  } catch (error) {
    if (!(error instanceof InfrakitError) || error.kind !== 'input') throw error
    const located = error.message.replace(/^Properties(?=[.:[])/gm, `${path}.Properties`)
    const message = located === error.message ? `${who}: ${error.message}` : located
    const full = error.path === undefined ? path : `${path}.${error.path}`
    throw new InfrakitError('input', message, { cause: error, path: full, hint: error.hint })
  }
}
