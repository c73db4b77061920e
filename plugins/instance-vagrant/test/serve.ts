import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient } from '@infrakit/rpc/client'
import type { Teardown } from '@infrakit/testing'
import { serveInstances } from '@infrakit/testing/repository'

const executable = fileURLToPath(new URL('../../bin/infrakit-instance-vagrant.js', import.meta.url))

/** Runs the plugin as a process; what it keeps is in `home`. */
export async function serve(t: Teardown, home: string, env: Record<string, string> = {}) {
  const program = { script: executable, name: 'instance-vagrant', connect: createClient }
  return { ...(await serveInstances(t, program, { home, env })), dir: join(home, 'vagrant') }
}
