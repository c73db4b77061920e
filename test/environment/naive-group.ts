import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { checkState, Groups, type GroupState } from '@infrakit/group'
import { runPlugin } from '@infrakit/host'
import { offer } from '@infrakit/rpc'
import { flavorInterface, groupInterface, instanceInterface } from '@infrakit/spi'

/** The group plugin, but for its store: this one writes files in place, as one would who knows no better. */
await runPlugin({
  module: import.meta.url,
  name: 'group',
  description: 'Keeps groups of instances as long as the disk is not full',
  async start({ useState, plugins, log, events }) {
    const dir = join(await useState(), 'groups')
    mkdirSync(dir, { recursive: true })
    const path = (key: string) => join(dir, `${key}.json`)
    const groups = new Groups({
      instance: async (name) => ({ instance: await plugins.get(instanceInterface, name) }),
      flavor: async (name) => ({ flavor: await plugins.get(flavorInterface, name) }),
      store: {
        keys: async () => readdirSync(dir).map((file) => file.slice(0, -'.json'.length)),
        read: async (key) => checkState(JSON.parse(readFileSync(path(key), 'utf8')), key),
        write: async (key: string, state: GroupState) => writeFileSync(path(key), JSON.stringify(state)),
        remove: async (key) => rmSync(path(key)),
      },
      clock: { now: () => performance.now(), date: () => new Date(), boot: 'this one' },
      random: Math.random,
      newKey: randomUUID,
      log,
      publish: (event) => events.publish(event),
    })
    await groups.start()
    return { offers: [offer(groupInterface, groups)], stop: () => groups.stop() }
  },
})
