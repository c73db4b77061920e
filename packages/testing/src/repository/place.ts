import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Teardown } from '../folder.js'
import { startProcess, type StartedProcess } from '../process.js'
import { waitUntil } from '../wait.js'

/** How long a plugin may take until it listens (ms). Generous: test machines are busy. */
const startMs = 60_000

/** Where plugins and commands that have `home` for their own are, and look for each other. */
export function environmentOf(home: string): Record<string, string> {
  return { INFRAKIT_HOME: home, INFRAKIT_PLUGINS_DIR: join(home, 'p') }
}

/** The socket of the plugin that is called so. */
export function socketIn(home: string, name: string): string {
  return join(home, 'p', name)
}

export interface PluginProgram {
  /** Its executable. */
  readonly script: string
  /** By which its socket is called. */
  readonly name: string
}

/** Starts a plugin as a process of its own and waits until it listens; it ends with the test. */
export async function startIn(
  t: Teardown,
  home: string,
  { script, name }: PluginProgram,
  { args = [], env = {} }: { readonly args?: readonly string[]; readonly env?: Record<string, string> } = {},
): Promise<StartedProcess> {
  const started = startProcess(t, script, args, { ...environmentOf(home), ...env })
  const listens = () => {
    if (started.child.exitCode !== null) throw new Error(`it ended: ${started.output()}`)
    return started.output().includes('listening') && existsSync(socketIn(home, name))
  }
  await waitUntil(`${name} to listen`, listens, startMs)
  return started
}
