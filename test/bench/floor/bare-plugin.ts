import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient, type PluginClient } from '@infrakit/rpc/client'
import { runScript, temporaryFolder, type Teardown } from '@infrakit/testing'

/**
 * A client of ours, and behind it bare node:http in a process of its own that gives this result to every call: text that
 * is there already, or written for each.
 */
export async function startBarePlugin(
  t: Teardown,
  result: unknown,
  how: 'ready' | 'write' = 'ready',
): Promise<PluginClient> {
  const home = await temporaryFolder(t)
  const file = join(home, 'result')
  await writeFile(file, JSON.stringify(result))
  return serveIn(t, new URL('bare-server.js', import.meta.url), join(home, 'bare'), file, how)
}

/** A client of a script that serves a socket and says `listening`. */
export async function serveIn(t: Teardown, script: URL, path: string, ...args: string[]): Promise<PluginClient> {
  await runScript(t, script, [path, ...args]).says('listening')
  const client = createClient({ path })
  t.teardown(() => client.close())
  return client
}
