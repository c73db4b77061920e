import { setTimeout as sleep } from 'node:timers/promises'
import type { Plugins } from '@infrakit/discovery'
import { InfrakitError, registryInterface } from '@infrakit/spi'

/** A plugin that does not say by then what it is, is not the one that is looked for (ms). */
const patienceMs = 2000

/**
 * Finds the only plugin that is a registry, and knows it from then on: that it is away for a while makes no other one the
 * registry. Throws `unavailable` when there is none, `input` when there are several.
 */
export function createRegistryFinder(plugins: Pick<Plugins, 'list' | 'implements'>): () => Promise<string> {
  let known: string | undefined

  async function isRegistry(name: string): Promise<boolean> {
    const asked = plugins.implements(registryInterface, name).catch(() => false)
    return Promise.race([asked, sleep(patienceMs, false, { ref: false })])
  }

  return async () => {
    if (known !== undefined) return known
    const running = (await plugins.list()).map(({ name }) => name)
    const answers = await Promise.all(running.map(isRegistry))
    const [first, ...others] = running.filter((_, at) => answers[at])
    if (first === undefined) {
      throw new InfrakitError('unavailable', 'no registry runs, and deployments are recorded in one', {
        hint: 'infrakit plugin start registry-embedded',
      })
    }
    if (others.length > 0) {
      throw new InfrakitError('input', `several registries run: ${[first, ...others].join(', ')}`, {
        hint: 'start the deployment plugin with --registry NAME',
      })
    }
    return (known = first)
  }
}
