import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient } from '@infrakit/rpc/client'
import { instanceInterface, jobInterface, lifecycleInterface, logsInterface } from '@infrakit/spi'
import { startProcess, waitUntil, type Teardown } from '@infrakit/testing'
import { endAllOf } from './support.js'

export const executable = fileURLToPath(new URL('../../bin/infrakit-instance-process.js', import.meta.url))

/** The plugin as a process of its own, and what speaks to it over its socket. All it started ends with the test. */
export async function serve(t: Teardown, home: string, env: Record<string, string> = {}) {
  const dir = join(home, 'processes')
  t.teardown(() => endAllOf(dir))
  const where = { INFRAKIT_HOME: home, INFRAKIT_PLUGINS_DIR: join(home, 'p') }
  const started = startProcess(t, executable, [], { ...where, ...env })
  const path = join(home, 'p/instance-process')
  const listening = () => started.output().includes('listening') && existsSync(path)
  await waitUntil('the plugin to listen', listening, 60_000)
  const client = createClient({ path })
  t.teardown(() => client.close())
  return {
    dir,
    started,
    client,
    instance: client.bind(instanceInterface),
    lifecycle: client.bind(lifecycleInterface),
    logs: client.bind(logsInterface),
    job: client.bind(jobInterface),
  }
}
