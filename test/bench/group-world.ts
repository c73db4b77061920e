import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PluginClient } from '@infrakit/rpc/client'
import { groupInterface, instanceInterface, type Event, type Group, type GroupSpec } from '@infrakit/spi'
import { waitUntil, type Teardown } from '@infrakit/testing'
import { createWorld, pluginNames, type PluginName } from '../faults/world.js'

export interface GroupWorld {
  readonly instancesDir: string
  readonly group: Group
  client(plugin: PluginName): Promise<PluginClient>
  count(): number
  commit(spec: GroupSpec): Promise<void>
  /** Resolves once the group has told that it converged; ask before what it is to do. Nobody has to poll. */
  nextConverged(id: string): Promise<void>
  /** Frees the group and deletes all files of instances, as fast as can be. */
  clear(id: string): Promise<void>
}

export function isInstance(name: string): boolean {
  return /^instance-\d+$/.test(name)
}

/** Our three plugins as processes of their own. */
export async function startGroupWorld(t: Teardown): Promise<GroupWorld> {
  const { plugins, instancesDir, start, commit } = await createWorld(t)
  for (const name of pluginNames) await start(name)
  const client = await plugins.client('group')
  const group = client.bind(groupInterface)
  const listeners = new Set<(event: Event) => void>()
  const ended = new AbortController()
  t.teardown(() => ended.abort())
  await new Promise<void>((connected) => {
    const event = (one: Event) => listeners.forEach((listener) => listener(one))
    client.subscribe('group', { connected, event, signal: ended.signal })
  })
  const count = () => readdirSync(instancesDir).filter(isInstance).length

  function nextConverged(id: string): Promise<void> {
    return new Promise((resolve) => {
      const listener = ({ ID, Type }: Event) => {
        if (ID !== id || Type !== 'converged') return
        listeners.delete(listener)
        resolve()
      }
      listeners.add(listener)
    })
  }

  async function clear(ID: string): Promise<void> {
    await group.freeGroup({ ID })
    for (const name of readdirSync(instancesDir).filter(isInstance)) rmSync(join(instancesDir, name))
    // What it has been told of all these files is to be over when the next thing begins.
    const instance = await plugins.get(instanceInterface, 'instance-file')
    await waitUntil('nothing to be left', async () => (await instance.describeInstances({})).Descriptions.length === 0)
    await sleep(300)
  }

  return { instancesDir, group, client: (name) => plugins.client(name), count, commit, nextConverged, clear }
}

/** A group of files, as all rows have it. */
export function fileGroup(ID: string, size: number, version = 1): GroupSpec {
  return {
    ID,
    Properties: {
      Allocation: { Size: size },
      Instance: { Plugin: 'instance-file', Properties: { Note: `version ${version}` } },
      Flavor: { Plugin: 'flavor-vanilla', Properties: { Init: ['true'] } },
    },
  }
}
