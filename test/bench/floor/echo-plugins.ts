import { readdirSync, rmSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder, type Teardown } from '@infrakit/testing'
import type { InstanceDescription } from '@infrakit/spi'
import { serveIn } from './bare-plugin.js'
import { writeDurably } from './durable.js'

/** How many actions of a group ours carries out at the same time (packages/group, operations.ts). */
const concurrency = 24

export interface EchoPlugins {
  readonly instancesDir: string
  /** Lists all instances, with their properties. */
  list(): Promise<InstanceDescription[]>
  /** Prepares and provisions one member and asks for its health, as a group does for each. */
  make(): Promise<void>
  prepareAndProvision(): Promise<InstanceDescription>
  healthy(instance: InstanceDescription): Promise<void>
  drainAndDestroy(instance: InstanceDescription): Promise<void>
  /** Runs as many at once as a group does. */
  times(count: number, work: () => Promise<void>): Promise<void>
  /** Writes so much of a group's state. */
  save(bytes: number): Promise<void>
  /** Deletes all instances. */
  clear(): void
}

const properties = { Note: 'a file' }
const flavorProperties = { Init: ['true'] }

/** An instance and a flavor plugin with nothing of ours in them, as processes of their own, and the calls to them. */
export async function startEchoPlugins(t: Teardown): Promise<EchoPlugins> {
  const home = await temporaryFolder(t)
  const instancesDir = join(home, 'instances')
  await mkdir(instancesDir)
  const start = (name: string) => serveIn(t, new URL('echo-plugin.js', import.meta.url), join(home, name), instancesDir)
  const [instance, flavor] = [await start('instance'), await start('flavor')]
  let made = 0

  async function list() {
    const request = { Type: '', Tags: { 'infrakit.group': 'web' }, Properties: true }
    const { Descriptions } = (await instance.call('Instance.DescribeInstances', request)) as {
      Descriptions: InstanceDescription[]
    }
    return Descriptions
  }

  async function prepareAndProvision() {
    const key = `0198c0de-0000-4000-8000-${String(++made).padStart(12, '0')}`
    const Tags = { 'infrakit.config_sha': 'k3yonxkrqzvpxr6lzcxbbptmvyxj4aqv', 'infrakit.group': 'web' }
    const { Spec } = (await flavor.call('Flavor.Prepare', {
      Type: '',
      Properties: flavorProperties,
      Spec: { Properties: properties, Tags, Init: '', LogicalID: null, Attachments: null },
      Allocation: { Size: 1000, LogicalIDs: null },
      Index: { Group: 'web', Sequence: 1000 },
    })) as { Spec: object }
    const keyed = { ...Spec, Tags: { ...Tags, 'infrakit.provision': key } }
    const { ID } = (await instance.call('Instance.Provision', { Type: '', Spec: keyed })) as { ID: string }
    return { ID, LogicalID: null, Tags: keyed.Tags, Properties: keyed }
  }

  async function healthy(description: InstanceDescription): Promise<void> {
    await flavor.call('Flavor.Healthy', { Type: '', Properties: flavorProperties, Instance: description })
  }

  async function drainAndDestroy(description: InstanceDescription): Promise<void> {
    await flavor.call('Flavor.Drain', { Type: '', Properties: flavorProperties, Instance: description })
    const Context = { Reason: 'rolling_update' }
    await instance.call('Instance.Destroy', { Type: '', Instance: description.ID, Context })
  }

  async function times(count: number, work: () => Promise<void>): Promise<void> {
    let left = count
    const worker = async () => {
      while (left-- > 0) await work()
    }
    await Promise.all(Array.from({ length: Math.min(count, concurrency) }, worker))
  }

  return {
    instancesDir,
    list,
    make: async () => healthy(await prepareAndProvision()),
    prepareAndProvision,
    healthy,
    drainAndDestroy,
    times,
    save: (bytes) => writeDurably(join(home, 'state'), 'x'.repeat(bytes)),
    clear: () => readdirSync(instancesDir).forEach((name) => rmSync(join(instancesDir, name))),
  }
}
