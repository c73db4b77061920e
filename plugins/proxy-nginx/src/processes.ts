import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Identity, ProcessTable } from '@infrakit/programs'
import { InfrakitError, messageOf } from '@infrakit/spi'
import type { NginxProgram } from './nginx-program.js'

const run = promisify(execFile)

/** What nginx is called with. It is found again by its folder, which no other process has. */
function argumentsOf(folder: string): string[] {
  return ['-p', folder, '-c', 'nginx.conf', '-e', 'error.log']
}

/** Nothing of the plugin's own environment: there may be secrets in it. */
const environment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }

/** Throws `plugin-failed` with nginx's words when it would not start with the configuration of a folder. */
export async function testConfiguration({ path }: NginxProgram, folder: string): Promise<void> {
  await run(path, ['-t', '-q', ...argumentsOf(folder)], { env: environment, cwd: folder }).catch((cause: unknown) => {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : messageOf(cause)
    throw new InfrakitError('plugin-failed', `nginx refuses its configuration: ${said}`, { cause })
  })
}

export interface Started {
  readonly master: Identity
  /** Called with what it last said when it ends, should this process still live. */
  onEnd(ended: (words: string) => void): void
}

/** Starts an nginx that outlives this process. Throws `plugin-failed`. */
export async function startNginx({ path }: NginxProgram, folder: string, table: ProcessTable): Promise<Started> {
  const words = join(folder, 'start.log')
  const output = openSync(words, 'w', 0o600)
  try {
    const stdio = ['ignore', output, output] as const
    const child = spawn(path, argumentsOf(folder), {
      cwd: folder,
      env: environment,
      detached: true,
      stdio: [...stdio],
    })
    if (child.pid === undefined) throw (await once(child, 'error'))[0]
    const master = table.identify(child.pid)
    if (!master) throw new Error('it was gone at once')
    child.on('error', () => undefined)
    child.unref()
    return { master, onEnd: (ended) => void child.once('exit', () => ended(lastWords(words))) }
  } catch (cause) {
    throw new InfrakitError('plugin-failed', `cannot start ${path}: ${messageOf(cause)}`, { cause })
  } finally {
    closeSync(output)
  }
}

function lastWords(path: string): string {
  try {
    const lines = readFileSync(path, 'utf8').trim().split('\n')
    return lines.findLast((line) => line.includes('[emerg]')) ?? lines.at(-1) ?? ''
  } catch (error) {
    return messageOf(error)
  }
}

/** The running masters whose folder lies in `root`, by their folder. Workers that are just being made look like them. */
export function findMasters(table: ProcessTable, root: string): Map<string, Identity> {
  const found = table.all().flatMap((one) => {
    const command = commandOf(one.Pid)
    const at = command.indexOf(` -p ${root}/`)
    if (at < 0 || !command.includes('nginx') || command.includes(' -t ')) return []
    const folder = command.slice(at + 4).split(' ', 1)[0] ?? ''
    return [{ ...one, folder }]
  })
  const pids = new Set(found.map(({ Pid }) => Pid))
  return new Map(found.filter(({ parent }) => !pids.has(parent)).map((one) => [one.folder, one]))
}

/** Of these pids, those that are workers of nginx and live. */
export function liveWorkers(table: ProcessTable, pids: readonly number[]): Identity[] {
  return pids.flatMap((pid) => {
    const seen = table.see(pid)
    return seen && commandOf(pid).startsWith('nginx: worker process') ? [seen] : []
  })
}

/** Workers that were started in a folder, whether their master lives or not. */
export function workersIn(table: ProcessTable, folder: string): Identity[] {
  const isThere = (pid: number) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === folder
    } catch {
      // Gone meanwhile, or somebody else's.
      return false
    }
  }
  const pids = table.all().map(({ Pid }) => Pid)
  return liveWorkers(table, pids).filter(({ Pid }) => isThere(Pid))
}

export function isShuttingDown(pid: number): boolean {
  return commandOf(pid).includes('shutting down')
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}
