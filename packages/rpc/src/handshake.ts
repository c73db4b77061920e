import type { InterfaceDefinition } from '@infrakit/spi'
import { eras, versionIn, type Era } from './eras.js'

/** An interface that a server offers, and the names of the objects behind it. */
export interface Offered {
  readonly definition: InterfaceDefinition
  readonly types: readonly string[]
}

interface Api {
  Name: string
  Version: string
}

function apisOf(offered: readonly Offered[], wanted: readonly Era[]): Api[] {
  return offered.flatMap(({ definition }) => {
    const versions = wanted.map((era) => versionIn(era, definition)).filter((version) => version !== undefined)
    return [...new Set(versions)].map((Version) => ({ Name: definition.name, Version }))
  })
}

function byId<T>(offered: readonly Offered[], era: Era, entry: (types: readonly string[]) => T): Record<string, T> {
  return Object.fromEntries(
    offered.flatMap(({ definition, types }) => {
      const version = versionIn(era, definition)
      return version === undefined ? [] : [[`${definition.name}/${version}`, entry(types)]]
    }),
  )
}

/** What a server answers to the handshake of every era, by wire method. */
export function handshakesOf(offered: readonly Offered[]): Readonly<Record<string, object>> {
  return {
    'Plugin.Implements': { APIs: apisOf(offered, ['v0.1.0']) },
    // Clients of both eras scan the list for their own version, so that one list serves them side by side.
    'Handshake.Implements': { APIs: apisOf(offered, ['v0.4.1', 'v0.5']) },
    'Handshake.Types': { Types: byId(offered, 'v0.5', (types) => types) },
    'Handshake.Hello': {
      Objects: byId(offered, eras[0], (types) => types.map((Name) => ({ Name, ProxyFor: '' }))),
    },
  }
}
