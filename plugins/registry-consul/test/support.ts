import type { Published } from '@infrakit/rpc'
import { kindOf, messageOf, type Registry } from '@infrakit/spi'
import { rejection, type Teardown } from '@infrakit/testing'
import { createConsulRegistry, type RegistryOptions } from '../src/plugin.js'
import type { Settings } from '../src/settings.js'

export interface OpenRegistry {
  readonly registry: Registry
  /** Topics that were published, in order. */
  readonly topics: string[]
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
  const publish = (event: Published) => void topics.push(event.Topic)
  const { registry, stop } = createConsulRegistry({ settings, publish, log: silent, ...(now && { now }) })
  t.teardown(stop)
  return { registry, topics, stop }
}

/** The kind, message and hint of what a call is refused with. */
export async function refusal(call: Promise<unknown>): Promise<{ kind: string; message: string; hint: string }> {
  const error = await rejection(call)
  if (error === undefined) return { kind: 'none', message: 'it succeeded', hint: '' }
  const { hint = '' } = error as { hint?: string }
  return { kind: kindOf(error), message: messageOf(error), hint }
}
