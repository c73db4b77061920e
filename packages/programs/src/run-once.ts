import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { InfrakitError, messageOf } from '@infrakit/spi'
import { endAll, type Target } from './ending.js'
import type { ProcessTable } from './process-table.js'
import type { Ids } from './supervisor.js'

/** Something that is run once and waited for. */
export interface Errand {
  readonly name: string
  readonly command: readonly string[]
  readonly environment: Record<string, string>
  readonly cwd: string
  readonly user?: Ids | undefined
  /** Its processes are found by it. */
  readonly mark: string
  /** Milliseconds. */
  readonly timeout: number
}

export interface Outcome {
  readonly exitCode: number
  /** The last 64 KiB of what it wrote. */
  readonly output: string
  readonly truncated: boolean
}

const keptBytes = 64 * 1024
/** Exit status of who was ended by a signal, as shells count. */
const signalled = 128
const kill = { signal: 'SIGKILL', grace: 0 } as const
/** Milliseconds for reading the rest of the output of who has ended. */
const outputPatience = 1000

/**
 * Runs a program with all that it starts, and leaves nothing of it running. Throws `timeout` when it takes too long, and
 * `plugin-failed` when it cannot be started.
 */
export async function runOnce(table: ProcessTable, errand: Errand): Promise<Outcome> {
  const { command, environment, cwd, user, mark, name } = errand
  const [program = '', ...args] = command
  const ids = user ? { uid: user.uid, gid: user.gid } : {}
  const stdio = ['ignore', 'pipe', 'pipe'] as const
  const child = spawn(program, args, { cwd, env: environment, detached: true, stdio: [...stdio], ...ids })
  const output = collect()
  child.stdout.on('data', output.add)
  child.stderr.on('data', output.add)
  const leader = (child.pid !== undefined && table.see(child.pid)) || null
  const target: Target = { name, leader, mark }
  const closed = once(child, 'close').catch(() => undefined)
  try {
    const exitCode = await ended(child, errand)
    // What it left running in the background may hold its output open.
    await endAll(table, target, kill)
    await Promise.race([closed, sleep(outputPatience, undefined, { ref: false })])
    return { exitCode, ...output.end() }
  } finally {
    await endAll(table, target, kill)
    child.stdout.destroy()
    child.stderr.destroy()
  }
}

async function ended(child: ChildProcess, { name, timeout }: Errand): Promise<number> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const words = `${name} did not end within ${timeout / 1000} s, and was killed`
    timer = setTimeout(() => reject(new InfrakitError('timeout', words)), timeout)
  })
  try {
    const [code, signal] = (await Promise.race([once(child, 'exit'), late])) as [number | null, NodeJS.Signals | null]
    return code ?? signalled + constants.signals[signal ?? 'SIGKILL']
  } catch (cause) {
    if (cause instanceof InfrakitError) throw cause
    throw new InfrakitError('plugin-failed', `cannot start ${name}: ${messageOf(cause)}`, { cause })
  } finally {
    clearTimeout(timer)
  }
}

function collect() {
  let parts: Buffer[] = []
  let length = 0
  let total = 0
  return {
    add(part: Buffer) {
      parts.push(part)
      length += part.length
      total += part.length
      if (length <= 2 * keptBytes) return
      const kept = Buffer.concat(parts).subarray(-keptBytes)
      parts = [Buffer.from(kept)]
      length = kept.length
    },
    end() {
      const output = Buffer.concat(parts).subarray(-keptBytes).toString('utf8')
      return { output, truncated: total > keptBytes }
    },
  }
}
