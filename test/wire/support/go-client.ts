import { compareBodies, type Difference } from './compare.js'
import type { Kit } from './kit.js'
import { messageOf, readExchanges, readSession, resultOf, type RawRequest, type Version } from './recording.js'

/** What a Go client asks of a plugin before it calls it, once: that name in that version, and no other. */
const handshakes = {
  'v0.1.0': { method: 'Plugin.Implements', Instance: '0.1.0', Flavor: '0.1.0', Group: '0.1.0' },
  'v0.4.1': { method: 'Handshake.Implements', Instance: '0.3.0', Flavor: '0.1.0', Group: '0.1.0' },
  'v0.5': { method: 'Handshake.Implements', Instance: '0.5.0', Flavor: '0.1.0', Group: '0.1.0' },
  HEAD: { method: 'Handshake.Hello', Instance: '0.6.1', Flavor: '0.1.1', Group: '0.1.1' },
} as const

type Interface = 'Instance' | 'Flavor' | 'Group'

export interface Answer {
  /** What was sent. */
  readonly request: RawRequest
  /** Result of our answer; `undefined` for an error. */
  readonly result: Record<string, unknown> | undefined
  /** How our answer differs from the recorded one. */
  readonly differences: Difference[]
}

/** A client of an era, which sends what that era's Go client was recorded to send, and nothing else. */
export interface GoClient {
  /** Whether it would go on to use the plugin after its handshake. */
  accepts(plugin: string, name: Interface): Promise<boolean>
  /** Sends the first request of that method that was recorded with a result and that `choose` wants, edited by `edit`. */
  send(plugin: string, method: string, options?: SendOptions): Promise<Answer>
}

export interface SendOptions {
  readonly choose?: (params: Record<string, unknown>) => boolean
  readonly edit?: (text: string) => string
}

export function goClient(kit: Kit, version: Version): GoClient {
  const recorded = [
    ...readExchanges(version).map(({ request, response }) => ({ request, response: response.body })),
    ...readSession(version),
  ]
  const { method: hello, ...wanted } = handshakes[version]

  const client: GoClient = {
    async accepts(plugin, name) {
      const { result } = await client.send(plugin, hello)
      const id = `${name}/${wanted[name]}`
      const objects = (result?.Objects ?? {}) as Record<string, unknown[]>
      const apis = (result?.APIs ?? []) as { Name: string; Version: string }[]
      return (objects[id]?.length ?? 0) > 0 || apis.some(({ Name, Version }) => `${Name}/${Version}` === id)
    },
    async send(plugin, method, { choose = () => true, edit = (text: string) => text } = {}) {
      const found = recorded.find(({ request, response }) => {
        const message = messageOf(request)
        return message?.method === method && choose(message.params) && resultOf(response)
      })
      if (!found) throw new Error(`no such ${method} was recorded at ${version}`)
      const request = { ...found.request, body: edit(found.request.body) }
      const { body } = await kit.send(plugin, request)
      return { request, result: resultOf(body), differences: compareBodies(found.response, body) }
    },
  }
  return client
}
