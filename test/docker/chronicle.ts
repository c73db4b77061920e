import { listenToEvents } from '@infrakit/docker'
import { tag, type Tags } from '@infrakit/spi'
import { waitUntil, type Teardown } from '@infrakit/testing'
import type { Chronicle } from '../faults/chronicle.js'
import { isProvisional, type DockerWorld } from './world.js'

const label = 'infrakit.instance-docker'

/**
 * All that ever was an instance of a plugin: its containers once they have their name. The engine tells of each, also of
 * one that was gone before anybody could look.
 */
export async function keepDockerChronicle(t: Teardown, of: DockerWorld): Promise<Chronicle> {
  const { engine, namespace, containers } = of
  const ids = new Set<string>()
  const byKey = new Map<string, Set<string>>()
  const there = new Set<string>()
  const chronicle = { ids, byKey, peak: 0, look }
  let connected = false

  function note(id: string, key: string | undefined): void {
    ids.add(id)
    there.add(id)
    chronicle.peak = Math.max(chronicle.peak, there.size)
    if (key) byKey.set(key, (byKey.get(key) ?? new Set()).add(id))
  }

  async function look(): Promise<void> {
    for (const { id, key } of await containers()) note(id, key)
  }

  const ended = new AbortController()
  t.teardown(() => ended.abort())
  void listenToEvents(
    engine,
    {
      onEvent({ action, id, attributes }) {
        if (action === 'destroy') there.delete(id.slice(0, 12))
        if (action !== 'rename' || isProvisional(attributes['name'] ?? '')) return
        const tags = JSON.parse(attributes[`${label}.tags`] ?? '{}') as Tags
        note(id.slice(0, 12), tags[tag.provision])
      },
      onConnected: () => void (connected = true),
    },
    { types: ['container'], labels: { [label]: namespace }, signal: ended.signal },
  )
  await waitUntil('the engine to tell what happens', () => connected)
  return chronicle
}
