import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startProcess, type Teardown } from '@infrakit/testing'
import type { World } from '../faults/world.js'

const program = fileURLToPath(new URL('../../../cli/bin/infrakit.js', import.meta.url))

/** Runs `infrakit` to its end. @returns its exit status and all it said */
export async function infrakit(
  t: Teardown,
  { home, pluginsDir }: Pick<World, 'home' | 'pluginsDir'>,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; said: string }> {
  const own = { INFRAKIT_HOME: home, INFRAKIT_PLUGINS_DIR: pluginsDir, NO_COLOR: '1' }
  const started = startProcess(t, program, args, { ...own, ...env })
  const [code] = (await once(started.child, 'close')) as [number | null]
  return { code, said: started.output() }
}
