import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { InfrakitError } from '@infrakit/spi'
import { openLog } from './log-file.js'
import type { Launch } from './record.js'

/** Runs a command that outlives this process, its output going to the log. Throws when it cannot be run at all. */
export async function spawnLogged(launch: Launch, options: { detached: boolean }): Promise<ChildProcess> {
  const { executable, args, cwd, log, name } = launch
  const file = await openLog(log)
  try {
    const env = { ...process.env, INFRAKIT_PLUGINS_DIR: launch.pluginsDir }
    const child = spawn(executable, args, { cwd, env, detached: options.detached, stdio: ['ignore', file.fd, file.fd] })
    await once(child, 'spawn')
    return child
  } catch (error) {
    throw new InfrakitError('plugin-failed', `could not start ${name}: ${(error as Error).message}`, { cause: error })
  } finally {
    await file.close()
  }
}

/** `ended with status 1` or `was ended by SIGKILL`. */
export function describeEnd(code: number | null, signal: NodeJS.Signals | null): string {
  return signal ? `was ended by ${signal}` : `ended with status ${code ?? 'unknown'}`
}
