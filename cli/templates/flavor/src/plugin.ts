import type { Flavor } from '@infrakit/spi'
import { readProperties } from './properties.js'
import { drain, probe } from './service.js'

/** Answers the calls of a group. What holds for every service is here; what holds for yours is in service.ts. */
export function createPlugin(): Flavor {
  return {
    async validate({ Properties }) {
      readProperties(Properties)
    },
    // The same request always gives the same answer: an instance that replaces another must be like its siblings.
    async prepare({ Properties, Spec }) {
      const { Init } = readProperties(Properties)
      if (!Init?.length) return { Spec }
      return { Spec: { ...Spec, Init: [Spec.Init, ...Init].filter(Boolean).join('\n') } }
    },
    healthy: ({ Properties, Instance }) => probe(Instance, readProperties(Properties)),
    drain: ({ Properties, Instance }) => drain(Instance, readProperties(Properties)),
  }
}
