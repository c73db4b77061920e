import { setTimeout as sleep } from 'node:timers/promises'
import { listPlugins, type FoundPlugin } from '@infrakit/discovery'
import { formatDuration, InfrakitError, nearest } from '@infrakit/spi'
import { answers, findByName } from './answers.js'
import { identify, isRunning, signal, type ProcessIdentity } from './identity.js'
import { readRecord, recordedNames, removeRecord, type ProcessRecord } from './record.js'
import { servesSocket } from './serves.js'

export interface StopRequest {
  readonly home: string
  readonly pluginsDir: string
  readonly name: string
  /** How long its end is waited for (ms). */
  readonly timeoutMs: number
  /** End it by force after that time, instead of giving up. */
  readonly kill: boolean
}

export interface Stopped {
  readonly name: string
  readonly state: 'stopped' | 'not running'
  readonly pid: number | null
}

const lookEvery = 20

/**
 * Ends a plugin, and nothing else: the process that was recorded at its start, or the one that its pid file names and
 * that holds its socket. Waits for its end. Throws `not-found`, `timeout`, or `conflict` when it cannot be told apart.
 */
export async function stopPlugin(request: StopRequest): Promise<Stopped> {
  const { home, pluginsDir, name } = request
  const record = await readRecord(home, pluginsDir, name)
  const found = await findByName(pluginsDir, name)
  if (!record && !found) throw await unknownPlugin(request)
  const serving = found ? await servingProcess(found) : undefined
  const supervisor = record?.supervisor && isRunning(record.supervisor) ? record.supervisor : undefined
  const plugin = recordedProcess(record) ?? serving
  if (!supervisor && !plugin) {
    if (found && (await answers(found))) throw cannotTell(found)
    await removeRecord(home, name)
    return { name, state: 'not running', pid: null }
  }
  await end(request, distinct([supervisor, plugin, serving]), supervisor)
  await removeRecord(home, name)
  return { name, state: 'stopped', pid: plugin?.pid ?? null }
}

/** The recorded process mostly is the one that serves; it differs where a script was started that started the plugin. */
function distinct(targets: readonly (ProcessIdentity | undefined)[]): ProcessIdentity[] {
  const byPid = new Map(targets.flatMap((target) => (target ? [[target.pid, target] as const] : [])))
  return [...byPid.values()]
}

function recordedProcess(record: ProcessRecord | undefined): ProcessIdentity | undefined {
  return record?.plugin && isRunning(record.plugin) ? record.plugin : undefined
}

/** The process of the pid file, provided that it really holds the socket. */
async function servingProcess({ pid, address }: FoundPlugin): Promise<ProcessIdentity | undefined> {
  if (pid === undefined || !('path' in address)) return undefined
  const identity = identify(pid)
  return identity && servesSocket(pid, address.path) && isRunning(identity) ? identity : undefined
}

async function end(
  { name, timeoutMs, kill }: StopRequest,
  targets: readonly ProcessIdentity[],
  supervisor: ProcessIdentity | undefined,
): Promise<void> {
  // A supervisor hands the signal on; without it the plugin would be started again.
  for (const target of supervisor ? [supervisor] : targets) signal(target, 'SIGTERM')
  if (await ended(targets, timeoutMs)) return
  if (kill) {
    for (const target of targets) signal(target, 'SIGKILL')
    if (await ended(targets, timeoutMs)) return
  }
  const pids = targets.filter(isRunning).map(({ pid }) => pid)
  throw new InfrakitError(
    'timeout',
    `${name} (pid ${pids.join(', ')}) did not end within ${formatDuration(timeoutMs)}`,
    {
      hint: kill ? undefined : `end it by force: infrakit plugin stop --kill ${name}`,
    },
  )
}

async function ended(targets: readonly ProcessIdentity[], timeoutMs: number): Promise<boolean> {
  const until = performance.now() + timeoutMs
  while (targets.some(isRunning)) {
    if (performance.now() > until) return false
    await sleep(lookEvery)
  }
  return true
}

function cannotTell({ name, pid, address }: FoundPlugin): InfrakitError {
  if (!('path' in address)) return new InfrakitError('conflict', `${name} runs on another machine or out of reach`)
  const why = pid === undefined ? 'it has no pid file' : `pid ${pid} of its pid file does not hold its socket`
  return new InfrakitError('conflict', `which process is ${name} cannot be told: ${why}; nothing was stopped`, {
    hint: `end the process that serves ${address.path} yourself`,
  })
}

async function unknownPlugin({ home, pluginsDir, name }: StopRequest): Promise<InfrakitError> {
  const known = [...(await listPlugins(pluginsDir)).map((one) => one.name), ...(await recordedNames(home))]
  const near = nearest(name, known)
  const hint = near ? `did you mean '${near}'?` : "see 'infrakit plugin ls'"
  return new InfrakitError('not-found', `plugin not found:${name}`, { hint })
}
