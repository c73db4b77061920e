import type { FlavorPort, Ports } from './ports.js'

/**
 * Hands on what the users' flavors tell: a group follows the flavor that it has, which is the deployment plugin, and would
 * otherwise learn of an instance's health only when it happens to ask.
 */
export class FlavorNews {
  /** Where each flavor is followed. */
  readonly #followed = new Map<string, { readonly at: unknown; readonly stop: AbortController }>()

  constructor(private readonly ports: Pick<Ports, 'publish'>) {}

  /** Follows the flavor where it is now; the same one again changes nothing. */
  follow(name: string, { at, watch }: FlavorPort): void {
    const before = this.#followed.get(name)
    if (before?.at === at || !watch) return
    before?.stop.abort()
    const stop = new AbortController()
    this.#followed.set(name, { at, stop })
    watch((ID) => {
      this.ports.publish({ Topic: `flavors/${name}`, Type: 'changed', ID, Message: `${name} may judge otherwise` })
    }, stop.signal)
  }
}
