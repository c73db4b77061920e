import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createAddresses, openProxy, type Lookup, type OpenProxy } from '@infrakit/proxy'
import { makeFolder } from '@infrakit/store'
import { openConfiguration } from './configuration.js'
import { HaproxyEngine } from './engine.js'
import { foreignHaproxy } from './foreign-haproxy.js'
import { layOut } from './layout.js'
import { mind } from './minder.js'
import { checkVersion, ownHaproxy } from './own-haproxy.js'

export interface HaproxyPluginOptions {
  /** A folder of its own. */
  readonly dir: string
  /** HAProxy's executable. */
  readonly program: string
  /** Configuration files of somebody else's that HAProxy is started with, before ours. */
  readonly others: readonly string[]
  /** The HAProxy that somebody else runs, if one does: its master's socket, and our part of its configuration. */
  readonly driven?: { readonly masterSocket: string; readonly configDir: string } | undefined
  readonly log: { warn(fields: object, message: string): void }
  readonly publish: (event: { Topic: string; Type: string; ID: string; Message: string }) => void
  readonly lookup?: Lookup | undefined
}

/** The interface `Proxy` on HAProxy. Throws what keeps it from serving at all. */
export async function createHaproxyPlugin(options: HaproxyPluginOptions): Promise<OpenProxy> {
  const { dir, program, others, driven, log, publish, lookup } = options
  checkVersion(execFileSync(program, ['-v'], { encoding: 'utf8' }), program)
  const folder = join(dir, 'haproxy')
  const layout = layOut(folder, driven)
  await makeFolder(folder)
  const configuration = await openConfiguration({ layout, program, others })
  const haproxy = driven ? foreignHaproxy(layout) : await ownHaproxy({ dir: folder, layout, program, others })
  const descriptors = driven ? undefined : openFilesLimit()
  const addresses = createAddresses(lookup)
  const engine = new HaproxyEngine({ haproxy, layout, descriptors, configuration, addresses, log })
  const { proxy, close } = await openProxy({ dir, engine, log, publish })
  const minder = mind({ engine, layout, addresses, revives: driven === undefined, log, publish })
  return {
    proxy,
    async close() {
      await minder.stop()
      await close()
      // Whoever has no route has nobody to serve.
      await haproxy.close(engine.routes.size === 0)
    },
  }
}

/** How many files a process of ours can have open at most. */
function openFilesLimit(): number | undefined {
  const hard = /^Max open files +\S+ +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
  return hard === undefined ? undefined : Number(hard)
}
