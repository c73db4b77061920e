import { createEventHub } from '@infrakit/rpc'
import { kindOf, messageOf, type Registry } from '@infrakit/spi'
import { rejection, waitUntil, type Teardown } from '@infrakit/testing'
import { createConsulRegistry, type RegistryOptions } from '../src/plugin.js'
import type { Settings } from '../src/settings.js'

export interface OpenRegistry {
  readonly registry: Registry
  /** Topics that were told, in order, to somebody who has listened to all of them from the beginning. */
  readonly topics: string[]
  /** Resolves once every change is told. */
  followed(): Promise<void>
  stop(): Promise<void>
}

const silent = { warn: () => undefined, info: () => undefined }

/** A registry in this process, as the executable makes it; it ends with the test. */
export function openRegistry(
  t: Teardown,
  addresses: readonly string[],
  { now, ...more }: Partial<Settings> & Pick<RegistryOptions, 'now'> = {},
): OpenRegistry {
  const topics: string[] = []
  const settings: Settings = { addresses, prefix: 'infrakit', timeoutMs: 10_000, ...more }
  const [events, looksAgain] = [createEventHub(), new Set<string>()]
  events.subscribe('registry', ({ Topic, ID }) => void (ID === '' ? looksAgain.add(Topic) : topics.push(Topic)))
  const { registry, stop } = createConsulRegistry({ settings, events, log: silent, ...(now && { now }) })
  t.teardown(stop)
  // Keys, leases and services.
  const followed = () => waitUntil('Consul to be followed', () => looksAgain.size === 3).then(() => undefined)
  return { registry, topics, followed, stop }
}

/** The kind, message and hint of what a call is refused with. */
export async function refusal(call: Promise<unknown>): Promise<{ kind: string; message: string; hint: string }> {
  const error = await rejection(call)
  if (error === undefined) return { kind: 'none', message: 'it succeeded', hint: '' }
  const { hint = '' } = error as { hint?: string }
  return { kind: kindOf(error), message: messageOf(error), hint }
}
