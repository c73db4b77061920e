import { join } from 'node:path'
import { runPlugin } from '@infrakit/host'
import { offer } from '@infrakit/rpc'
import { flavorInterface, resolveInterface } from '@infrakit/spi'
import { openStore } from '@infrakit/store'
import { readContent } from '@infrakit/template'
import { Engines } from './engines.js'
import { checkNote, Memory } from './memory.js'
import { createSwarmFlavor } from './plugin.js'

await runPlugin({
  module: import.meta.url,
  name: 'flavor-swarm',
  description: 'Joins machines to a Docker swarm as managers and workers, and takes them out again',
  async start({ pluginsDir, log, useState }) {
    const dir = join(await useState(), 'swarms')
    const memory = new Memory(await openStore(dir, { check: checkNote }), dir)
    const engines = new Engines()
    const read = (url: string, signal: AbortSignal | undefined) => readContent(url, { pluginsDir, signal })
    const offers = (['manager', 'worker'] as const).flatMap((role) => {
      const flavor = createSwarmFlavor({ role, read, engines, memory, log })
      return [offer(flavorInterface, flavor, role), offer(resolveInterface, flavor, role)]
    })
    return { offers, stop: async () => engines.close() }
  },
})
