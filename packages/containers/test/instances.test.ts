import { join } from 'node:path'
import type { ListedContainer } from '@infrakit/docker'
import { rejection, temporaryFolder, waitUntil } from '@infrakit/testing'
import t, { type Test } from 'tap'
import { Choices } from '../src/choices.js'
import type { Host } from '../src/host.js'
import type { Hosts, Listing } from '../src/hosts.js'
import { Instances } from '../src/instances.js'
import { Intents } from '../src/intents.js'
import { containerLabels } from '../src/labels.js'
import { Overlay } from '../src/overlay.js'

const labels = containerLabels('infrakit.test')
const everywhere: Listing = { placed: [], unreachable: [] }

/** Instances as some hosts list them, and what was noted of a provision that could not be undone. */
async function open(t: Test, list: () => Promise<Listing>) {
  const dir = await temporaryFolder(t)
  const [overlay, choices, intents] = await Promise.all([
    Overlay.open(join(dir, 'notes')),
    Choices.open(join(dir, 'choices')),
    Intents.open(join(dir, 'intents')),
  ])
  await rejection(intents.during('lost', 'web-1', () => Promise.reject(new Error('engine away'))))
  const hosts = { list } as Partial<Hosts> as Hosts
  const log = { info: () => undefined }
  return { instances: new Instances({ labels, hosts, overlay, choices, intents, log }), intents }
}

t.test('the note of a container that is gone is forgotten by the next look', async (t) => {
  const { instances, intents } = await open(t, async () => everywhere)
  t.equal(intents.has('lost'), true)
  await instances.all()
  await waitUntil('it to be forgotten', () => !intents.has('lost'))
})

t.test('it is kept while its container is listed, or may be where nobody can look', async (t) => {
  const container = { id: 'c'.repeat(64), labels: { [labels.intent]: 'lost' } as Record<string, string> }
  const host = { name: 'a' } as Partial<Host> as Host
  const listings: Listing[] = [
    { placed: [{ host, container: container as ListedContainer }], unreachable: [] },
    { placed: [], unreachable: [{ Host: 'b', Since: '2026-01-01T00:00:00Z' }] },
  ]
  const { instances, intents } = await open(t, async () => listings.shift() ?? everywhere)
  await instances.all()
  await instances.all()
  t.equal(intents.has('lost'), true)
  await instances.all()
  await waitUntil('it to be forgotten', () => !intents.has('lost'))
})

t.test('what began to be made after the list was asked for is not taken for gone', async (t) => {
  let begun: Promise<unknown> = Promise.resolve()
  const { instances, intents } = await open(t, async () => {
    begun = rejection(intents.during('new', 'web-2', () => Promise.reject(new Error('engine away'))))
    await begun
    return everywhere
  })
  await instances.all()
  await waitUntil('the other to be forgotten', () => !intents.has('lost'))
  t.equal(intents.has('new'), true)
})
