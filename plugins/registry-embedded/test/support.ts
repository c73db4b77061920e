import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient } from '@infrakit/rpc/client'
import { registryInterface } from '@infrakit/spi'
import { startProcess, temporaryFolder, waitUntil, type Teardown } from '@infrakit/testing'
import type { Clock } from '../src/clock.js'
import { createRegistry, type EmbeddedRegistry, type RegistryOptions } from '../src/plugin.js'

export const executable = fileURLToPath(new URL('../../bin/infrakit-registry-embedded.js', import.meta.url))

export interface Opened extends EmbeddedRegistry {
  readonly dir: string
  /** `registry/keys/a put`, ... in the order they were published. */
  readonly events: string[]
  readonly warnings: string[]
}

/** A registry in this process, in a folder of its own unless one is given; it ends with the test. */
export async function open(t: Teardown, options: Partial<RegistryOptions> = {}): Promise<Opened> {
  const dir = options.dir ?? (await temporaryFolder(t))
  const events: string[] = []
  const warnings: string[] = []
  const opened = await createRegistry({
    dir,
    log: { warn: (_, message) => void warnings.push(message) },
    publish: ({ Topic, Type }) => void events.push(`${Topic} ${Type}`),
    ...options,
  })
  t.teardown(() => opened.stop())
  return { ...opened, dir, events, warnings }
}

/** A clock that stands still until it is told to go on. */
export function handClock(boot = 'b1'): Clock & { pass(ms: number): void; setDate(ms: number): void } {
  let [now, date] = [1000, 0]
  return {
    boot,
    now: () => now,
    date: () => new Date(date),
    pass: (ms) => {
      now += ms
      date += ms
    },
    setDate: (ms) => (date = ms),
  }
}

/** The plugin as a process of its own, and what speaks to it over its socket. */
export async function serve(
  t: Teardown,
  home: string,
  options: { script?: string; env?: Record<string, string> } = {},
) {
  const env = { INFRAKIT_HOME: home, INFRAKIT_PLUGINS_DIR: join(home, 'p'), ...options.env }
  const started = startProcess(t, options.script ?? executable, [], env)
  const path = join(home, 'p/registry-embedded')
  await waitUntil(
    'the registry to listen',
    () => {
      if (started.child.exitCode !== null) throw new Error(started.output())
      return started.output().includes('listening')
    },
    60_000,
  )
  const client = createClient({ path })
  t.teardown(() => client.close())
  return { started, client, path, registry: client.bind(registryInterface) }
}
