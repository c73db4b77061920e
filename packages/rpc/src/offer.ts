import { handlerName, InfrakitError, type InterfaceDefinition, type MethodDefinition } from '@infrakit/spi'

/** An interface served by an object behind the socket. */
export interface Offer {
  readonly definition: InterfaceDefinition
  readonly handlers: object
  /** The object's name, the part after `/` of `swarm/manager`; `.` when there is only one. */
  readonly type: string
}

/** Ties an interface to the handlers that serve it. */
export function offer<H extends object>(definition: InterfaceDefinition<H>, handlers: H, type = '.'): Offer {
  return { definition: definition as InterfaceDefinition, handlers, type: type || '.' }
}

/** The method table of an interface whose handlers are not known here. */
export function methodsOf(definition: InterfaceDefinition): [string, MethodDefinition][] {
  return Object.entries(definition.methods as Readonly<Record<string, MethodDefinition>>)
}

/** Offers by interface name, in the order given. */
export interface OfferedInterface {
  readonly definition: InterfaceDefinition
  readonly types: string[]
  readonly objects: Map<string, object>
}

/** Groups offers by interface. Throws `internal` for two offers of the same object, or a handler that is missing. */
export function groupOffers(offers: readonly Offer[]): OfferedInterface[] {
  const byName = new Map<string, OfferedInterface>()
  for (const { definition, handlers, type } of offers) {
    const known = byName.get(definition.name) ?? { definition, types: [], objects: new Map<string, object>() }
    byName.set(definition.name, known)
    if (known.objects.has(type)) {
      throw new InfrakitError('internal', `${definition.name} is offered twice for the object '${type}'`)
    }
    for (const [method] of methodsOf(definition)) {
      if (typeof (handlers as Record<string, unknown>)[handlerName(method)] === 'function') continue
      throw new InfrakitError('internal', `${definition.name} is offered without a handler '${handlerName(method)}'`)
    }
    known.types.push(type)
    known.objects.set(type, handlers)
  }
  return [...byName.values()]
}
