import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createPlugins } from '@infrakit/discovery'
import { createEventHub, createServer, offer, type EventHub, type Offer } from '@infrakit/rpc'
import {
  flavorInterface,
  groupInterface,
  instanceInterface,
  lifecycleInterface,
  revisionsInterface,
  type GroupSpec,
} from '@infrakit/spi'
import {
  memoryFlavor,
  memoryInstance,
  startProcess,
  temporaryFolder,
  waitUntil,
  type StartedProcess,
  type Teardown,
} from '@infrakit/testing'

const executable = fileURLToPath(new URL('../../bin/infrakit-group-default.js', import.meta.url))

/** A home with an instance plugin `memory` and a flavor `plain`, served by this process; the group plugin is a real one. */
export async function world(t: Teardown, options: { events?: boolean } = {}) {
  const home = await temporaryFolder(t)
  const pluginsDir = join(home, 'plugins')
  await mkdir(pluginsDir, { mode: 0o700 })
  const instance = memoryInstance()
  const flavor = memoryFlavor()
  const hub = createEventHub()

  async function serve(name: string, offers: readonly Offer[], events?: EventHub) {
    const server = createServer({ offers, vendor: { name, version: '0.0.0' }, ...(events ? { events } : {}) })
    await server.listen({ path: join(pluginsDir, name) })
    t.teardown(() => server.close(0))
    return server
  }

  await serve(
    'memory',
    [offer(instanceInterface, instance.handlers), offer(lifecycleInterface, instance.handlers)],
    options.events === false ? undefined : hub,
  )
  await serve('plain', [offer(flavorInterface, flavor.handlers)])
  const plugins = createPlugins(pluginsDir)
  t.teardown(() => plugins.close())

  async function start(): Promise<StartedProcess> {
    const started = startProcess(t, executable, [], { INFRAKIT_HOME: home, INFRAKIT_PLUGINS_DIR: pluginsDir })
    await waitUntil('the group plugin to answer', async () => {
      return (await plugins.get(groupInterface, 'group')).inspectGroups({})
    })
    return started
  }

  return {
    home,
    pluginsDir,
    plugins,
    instance,
    flavor,
    serve,
    start,
    group: () => plugins.get(groupInterface, 'group'),
    revisions: () => plugins.get(revisionsInterface, 'group'),
    /** The instance plugin says that something changed. */
    hint: () => hub.publish({ Topic: 'instance/changed', Type: 'instance', ID: '', Message: 'something changed' }),
    async converged(ID = 'web') {
      const group = await plugins.get(groupInterface, 'group')
      return waitUntil(`group '${ID}' to converge`, async () => {
        const { Description } = await group.describeGroup({ ID })
        return Description.Converged && Description
      })
    },
  }
}

/** A group whose members nobody looks after by the clock but every 60 s (with events) or 10 s (without). */
export function spec(version = '1', more: object = {}): GroupSpec {
  return {
    ID: 'web',
    Properties: {
      Allocation: { Size: 3 },
      Instance: { Plugin: 'memory', Properties: { Note: version } },
      Flavor: { Plugin: 'plain', Properties: null },
      Healing: { Interval: '1h' },
      ...more,
    },
  }
}
