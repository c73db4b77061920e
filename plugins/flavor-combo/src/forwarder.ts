import type { Plugins } from '@infrakit/discovery'
import type { Published } from '@infrakit/rpc'
import type { PluginClient } from '@infrakit/rpc/client'
import { eventInterface, parsePluginName } from '@infrakit/spi'

export interface ForwarderOptions {
  /** The name under which this combo runs. */
  readonly name: string
  readonly plugins: Pick<Plugins, 'client'>
  readonly publish: (event: Published) => void
  /** Ends it. */
  readonly signal: AbortSignal
}

interface Followed {
  readonly client: PluginClient
  readonly stop: AbortController
}

/**
 * Publishes what other flavors tell, so that whoever asks a combo about them hears of it. An event comes under the topic
 * `<flavor>/<topic>`; when a flavor's stream begins, or begins again, it is one without an ID: anything may have changed.
 *
 * Answers what is to be called with the name of each flavor that is asked; it follows those that have events, each once.
 */
export function createForwarder({ name, plugins, publish, signal }: ForwarderOptions): (flavor: string) => void {
  const followed = new Map<string, Followed>()
  const own = parsePluginName(name).socket

  async function follow(flavor: string): Promise<void> {
    const client = await plugins.client(flavor)
    if (followed.get(flavor)?.client === client || !(await client.implements(eventInterface))) return
    const before = followed.get(flavor)
    if (before?.client === client || signal.aborted) return
    before?.stop.abort()
    const stop = new AbortController()
    followed.set(flavor, { client, stop })
    client.subscribe('.', {
      connected: () =>
        publish({ Topic: flavor, Type: 'connected', ID: '', Message: `${flavor} may judge otherwise than before` }),
      event({ Topic, Type, ID, Message, Data }) {
        // Two combos may have each other for parts of different combinations: what comes back has been told.
        if (Topic.split('/').includes(own)) return
        publish({ Topic: `${flavor}/${Topic}`, Type, ID, Message, ...(Data === undefined ? {} : { Data }) })
      },
      signal: AbortSignal.any([stop.signal, signal]),
    })
  }

  // Whoever asks that flavor is told what is wrong with it; the next question tries again.
  return (flavor) => void follow(parsePluginName(flavor).socket).catch(() => undefined)
}
