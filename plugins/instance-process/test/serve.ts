import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient } from '@infrakit/rpc/client'
import type { Teardown } from '@infrakit/testing'
import { serveInstances } from '@infrakit/testing/repository'
import { endAllOf } from './support.js'

export const executable = fileURLToPath(new URL('../../bin/infrakit-instance-process.js', import.meta.url))

/** The plugin as a process of its own, and what speaks to it over its socket. All it started ends with the test. */
export async function serve(t: Teardown, home: string, env: Record<string, string> = {}) {
  const dir = join(home, 'processes')
  t.teardown(() => endAllOf(dir))
  const program = { script: executable, name: 'instance-process', connect: createClient }
  return { ...(await serveInstances(t, program, { home, env })), dir }
}
