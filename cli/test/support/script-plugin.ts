import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '@infrakit/rpc/client'
import type { Teardown } from '@infrakit/testing'
import { identify } from '../../src/processes/identity.js'
import { createWorld, type World } from './infrakit.js'

/**
 * Writes an executable that serves an instance plugin without instances under the given name, as any plugin does: a
 * socket in the plugin folder, a pid file beside it. It logs its arguments; `--fail` makes it end with a reason.
 */
export async function writePlugin(
  world: World,
  name: string,
  options: { pidFile?: boolean; deaf?: boolean } = {},
): Promise<string> {
  const { pidFile = true, deaf = false } = options
  const rpc = import.meta.resolve('@infrakit/rpc')
  const path = join(world.home, `${name}.mjs`)
  const text = `#!/usr/bin/env -S ${process.execPath}
import { rmSync, writeFileSync } from 'node:fs'
import { createServer, offer } from ${JSON.stringify(rpc)}
import { instanceInterface } from ${JSON.stringify(import.meta.resolve('@infrakit/spi'))}
console.log('arguments: ' + process.argv.slice(2).join(' '))
if (process.argv.includes('--fail')) {
  console.error('cannot open the door')
  process.exit(3)
}
const path = process.env.INFRAKIT_PLUGINS_DIR + '/${name}'
const none = async () => { throw new Error('not here') }
const describeInstances = async () => ({ Descriptions: [{ ID: 'pid-' + process.pid }] })
const handlers = { validate: async () => undefined, provision: none, label: none, destroy: none, describeInstances }
const server = createServer({ offers: [offer(instanceInterface, handlers)], vendor: { name: 'script', version: '1' } })
rmSync(path, { force: true })
// First, for whoever asks as soon as it answers reads it.
if (${pidFile}) writeFileSync(path + '.pid', String(process.pid))
if (!process.argv.includes('--silent')) await server.listen({ path })
console.log('serving')
setInterval(() => undefined, 1000)
process.on('SIGTERM', () => {
  if (${deaf}) return console.log('I heard nothing')
  rmSync(path, { force: true })
  rmSync(path + '.pid', { force: true })
  process.exit(0)
})
`
  await writeFile(path, text)
  await chmod(path, 0o755)
  return path
}

/** A world in which plugins are started; whatever a test leaves behind is ended. */
export async function createOwnWorld(t: Teardown): Promise<World> {
  const world = await createWorld(t)
  t.teardown(() => world.infrakit(['plugin', 'stop', '--all', '--kill', '--timeout', '2s']))
  return world
}

/** Whether a process runs. What has ended may stay a zombie where nobody asks how it ended. */
export function alive(pid: number | undefined): boolean {
  return pid !== undefined && identify(pid) !== undefined
}

/** The process that answers under a name. Rejects when none does. */
export async function pidOf(world: World, name: string): Promise<number> {
  const client = createClient({ path: join(world.pluginsDir, name) })
  try {
    const { Descriptions } = (await client.call('Instance.DescribeInstances', {})) as { Descriptions: [{ ID: string }] }
    return Number(Descriptions[0].ID.slice('pid-'.length))
  } finally {
    client.close()
  }
}
