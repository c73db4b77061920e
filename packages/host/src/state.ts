import { join } from 'node:path'
import { InfrakitError, messageOf } from '@infrakit/spi'
import { acquireLock, failpoint, LockHeldError, makeFolder, type Lock } from '@infrakit/store'

/** The folder of a plugin's state, which one process uses at a time. */
export interface State {
  readonly dir: string
  /** Makes and locks the folder, once. Throws `conflict`, naming the process that has it, or `input`. */
  use(): Promise<string>
  release(): Promise<void>
}

export function createState(dir: string): State {
  let lock: Promise<Lock> | undefined
  return {
    dir,
    async use() {
      lock ??= lockFolder(dir)
      await lock
      return dir
    },
    async release() {
      const held = await lock?.catch(() => undefined)
      await held?.release()
    },
  }
}

async function lockFolder(dir: string): Promise<Lock> {
  try {
    await makeFolder(dir)
    const lock = await acquireLock(join(dir, '.lock'))
    failpoint('start/locked')
    return lock
  } catch (cause) {
    if (cause instanceof LockHeldError) {
      throw new InfrakitError('conflict', `the state folder ${dir} is in use by process ${cause.pid}`, {
        hint: `End that process (kill ${cause.pid}), or give this plugin a folder of its own: --state-dir.`,
        cause,
      })
    }
    throw new InfrakitError('input', `cannot use the state folder ${dir}: ${messageOf(cause)}`, {
      hint: 'Check its rights, or use another one: --state-dir.',
      cause,
    })
  }
}
