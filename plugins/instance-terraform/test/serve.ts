import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient } from '@infrakit/rpc/client'
import type { Teardown } from '@infrakit/testing'
import { serveInstances } from '@infrakit/testing/repository'

export const executable = fileURLToPath(new URL('../../bin/infrakit-instance-terraform.js', import.meta.url))

export type Served = Awaited<ReturnType<typeof serve>>

/** Runs the plugin as a process; what it keeps is in `home`. */
export async function serve(t: Teardown, home: string, env: Record<string, string> = {}) {
  const program = { script: executable, name: 'instance-terraform', connect: createClient }
  const served = await serveInstances(t, program, { home, env, args: ['--poll-interval', '0s'] })
  return { ...served, dir: join(home, 'terraform') }
}
