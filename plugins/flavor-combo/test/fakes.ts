import { memoryFlavor, type MemoryFlavor } from '@infrakit/testing'
import { InfrakitError, type Flavor, type InstanceSpec, type Resolve } from '@infrakit/spi'
import type { Flavors } from '../src/flavors.js'

/** A part of a combo, as a user writes it. */
export function part(Plugin: string, Properties?: unknown) {
  return { Plugin, Properties }
}

/** Flavors that are found under the names given; every other name is `not-found`. */
export function found(flavors: Record<string, Flavor>, resolvers: Record<string, Resolve> = {}): Flavors {
  const find = async (name: string) => {
    const flavor = flavors[name]
    if (!flavor) throw new InfrakitError('not-found', `plugin not found:${name}`, { hint: 'Start it.' })
    return flavor
  }
  return {
    flavor: find,
    async resolver(name) {
      await find(name)
      return resolvers[name]
    },
  }
}

/** A memory flavor whose `prepare` is `change`. */
export function preparing(change: (spec: InstanceSpec, properties: unknown) => InstanceSpec): MemoryFlavor {
  const flavor = memoryFlavor()
  flavor.handlers.prepare = async ({ Spec, Properties }) => ({ Spec: change(Spec, Properties) })
  return flavor
}

/** Appends `Properties.Init` and puts `Properties.Tags` over the tags, as most flavors do. */
export function appending(): MemoryFlavor {
  return preparing((spec, properties) => {
    const { Init, Tags } = properties as { Init?: string; Tags?: Record<string, string> }
    return {
      ...spec,
      Init: [spec.Init, Init].filter((text) => text).join('\n'),
      Tags: { ...spec.Tags, ...Tags },
    }
  })
}

export async function refusal(work: Promise<unknown>): Promise<InfrakitError> {
  return work.then(
    () => {
      throw new Error('was accepted')
    },
    (error: unknown) => error as InfrakitError,
  )
}
