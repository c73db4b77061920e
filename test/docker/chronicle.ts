import { existsSync, watch } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { listContainers, listenToEvents } from '@infrakit/docker'
import { tag, type Tags } from '@infrakit/spi'
import { waitUntil, type Teardown } from '@infrakit/testing'
import type { Chronicle } from '../faults/chronicle.js'
import { intentLabel, type DockerWorld } from './world.js'

const tagsLabel = 'infrakit.instance-docker.tags'
const ownerLabel = 'infrakit.instance-docker'

/**
 * All that ever was an instance of a plugin: its containers whose intent is no longer noted. The folder of notes tells when
 * that comes to be, and the engine when one is gone.
 */
export async function keepDockerChronicle(t: Teardown, of: DockerWorld): Promise<Chronicle> {
  const { engine, namespace, containers, intents } = of
  const ids = new Set<string>()
  const byKey = new Map<string, Set<string>>()
  const there = new Set<string>()
  const chronicle = { ids, byKey, peak: 0, look }
  const ended = new AbortController()
  t.teardown(() => ended.abort())
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

  /** An intent that is noted no longer was carried out, or undone: then its container is gone. */
  async function noteOf(intent: string): Promise<void> {
    const made = await listContainers(engine, { labels: { [intentLabel]: intent } }, { signal: ended.signal })
    for (const { id, labels, state } of made) {
      // Never started: its creation was given up before the engine had done it.
      if (state === 'created') continue
      note(id.slice(0, 12), (JSON.parse(labels[tagsLabel] ?? '{}') as Tags)[tag.provision])
    }
  }

  await mkdir(intents, { recursive: true, mode: 0o700 })
  const watcher = watch(intents, (_, file) => {
    const [, intent] = /^([0-9a-f]+)\.json$/.exec(file ?? '') ?? []
    // An engine that is away tells nothing: whoever looks afterwards finds what there is.
    if (intent && !existsSync(join(intents, `${intent}.json`))) noteOf(intent).catch(() => undefined)
  })
  t.teardown(() => watcher.close())
  void listenToEvents(
    engine,
    {
      onEvent: ({ action, id }) => void (action === 'destroy' && there.delete(id.slice(0, 12))),
      onConnected: () => void (connected = true),
    },
    { types: ['container'], labels: { [ownerLabel]: namespace }, signal: ended.signal },
  )
  await waitUntil('the engine to tell what happens', () => connected)
  return chronicle
}
