import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { openProcessTable } from '@infrakit/programs'
import { openProxy, type OpenProxy } from '@infrakit/proxy'
import { InfrakitError } from '@infrakit/spi'
import { makeFolder } from '@infrakit/store'
import { createNginxEngine } from './engine.js'
import { checkRoot } from './nginx-folder.js'
import { findNginx } from './nginx-program.js'
import type { Publish } from './states.js'

export interface NginxProxyOptions {
  /** A folder of its own. */
  readonly dir: string
  /** Name or path of nginx. */
  readonly nginx: string
  /** Where its modules are; absent: where it says. */
  readonly modules?: string | undefined
  /** Workers of each nginx; absent: as many as there are cores. */
  readonly workers?: number | undefined
  readonly log: { warn(fields: object, message: string): void }
  readonly publish: Publish
}

/** The interface `Proxy` on nginx. Throws `incompatible` when there is none, saying what to install; and as `openProxy` does. */
export async function createNginxProxy(options: NginxProxyOptions): Promise<OpenProxy> {
  const { dir, log, publish, workers = availableParallelism() } = options
  const program = await findNginx(options.nginx, options.modules)
  const root = join(dir, 'nginx')
  checkRoot(root)
  await makeFolder(root)
  const engine = await createNginxEngine({
    program,
    table: openProcessTable(),
    workers,
    root,
    certificates: join(dir, 'certificates'),
    log,
    publish,
  })
  const { proxy, close } = await openProxy({ dir, engine, log, publish })
  return {
    proxy,
    async close() {
      await close()
      await engine.close()
    },
  }
}

/** The value of `--workers`. Throws `input`. */
export function workersOf(text: string): number {
  if (/^[1-9]\d?$/.test(text)) return Number(text)
  throw new InfrakitError('input', `--workers: expected a number from 1 to 99, got ${JSON.stringify(text)}`)
}
