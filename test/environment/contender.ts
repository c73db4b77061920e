import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { startPlugin, type PluginDefinition } from '@infrakit/host'
import { createServer, offer } from '@infrakit/rpc'
import { kindOf, messageOf, metadataInterface } from '@infrakit/spi'

/**
 * A plugin that begins to start the moment it is told to: what it takes to load is behind it, so that several of them do
 * it at once. Arguments: `naive`, or those of a plugin. With `naive` and a socket's path it looks for nothing, removes
 * what is there and serves.
 */
const [how = '', ...rest] = process.argv.slice(2)
const offers = [
  offer(metadataInterface, { list: async () => ({ Nodes: [] }), get: async () => ({ Value: process.pid }) }),
]
const definition: PluginDefinition<object> = {
  module: import.meta.url,
  name: 'contender',
  description: 'Says its pid',
  start: async () => ({ offers }),
}

async function serve(): Promise<unknown> {
  if (how !== 'naive') {
    return startPlugin(definition, { argv: [how, ...rest], env: process.env, output: { write: () => undefined } })
  }
  const path = join(...rest)
  await rm(path, { force: true })
  return createServer({ offers, vendor: { name: 'naive', version: '0' } }).listen({ path })
}

for await (const round of createInterface(process.stdin)) {
  try {
    await serve()
    console.log(`${round}: serves`)
  } catch (error) {
    console.log(`${round}: refused, ${kindOf(error)}: ${messageOf(error)}.`)
  }
}
