import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { runScript, type Teardown } from '@infrakit/testing'
import { loadedBy } from '../dependency-direction/loaded.js'
import { readWorkspaces } from '../dependency-direction/workspace.js'
import { pssOf } from './pss.js'

const root = fileURLToPath(new URL('../../..', import.meta.url))
/** A process is measured so long after its start or its last work (ms). */
export const settleMs = 2000

/** What of others, Node included, a plugin has loaded before it begins. */
export function librariesOf(plugin: string): string[] {
  const loaded = loadedBy(`plugins/${plugin}/src/main.ts`, readWorkspaces(root))
  return [...loaded].filter((name) => !name.includes('/') && !name.startsWith('@infrakit'))
}

/** Memory (MB) of a process that imports these and does nothing. */
export async function memoryOf(t: Teardown, libraries: readonly string[]): Promise<number> {
  const idle = runScript(t, new URL('floor/idle.js', import.meta.url), libraries)
  await idle.says('idle')
  await sleep(settleMs)
  const used = pssOf(idle.pid)
  await idle.kill()
  return used
}
