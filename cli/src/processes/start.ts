import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { formatDuration, InfrakitError } from '@infrakit/spi'
import { answers, findByName } from './answers.js'
import { identify, isRunning, parentOf, signal } from './identity.js'
import { logSize, tailLog } from './log-file.js'
import { readRecord, removeRecord, writeRecord, type Launch } from './record.js'
import { spawnLogged, describeEnd } from './spawn.js'
import type { Supervision } from './supervise.js'

export interface StartRequest {
  readonly home: string
  readonly launch: Launch
  readonly supervise: boolean
  /** How long its handshake is waited for (ms). */
  readonly timeoutMs: number
}

export interface Started {
  readonly name: string
  readonly state: 'started' | 'running'
  readonly pid: number | null
  readonly listen: string
  readonly log: string
}

/** Time between two looks whether a plugin answers (ms). */
const lookEvery = 25
/** Log lines that are shown of a plugin that did not start. */
const shownLines = 10

/** Starts a plugin and waits until it answers; leaves one alone that answers already. Throws with its last log lines. */
export async function startPlugin(request: StartRequest): Promise<Started> {
  const { home, launch, supervise } = request
  const running = await answering(request)
  if (running) return { ...running, state: 'running' }
  await refuseBeside(request)
  const begin = await logSize(launch.log)
  await removeRecord(home, launch.name)
  const spawned = supervise ? await spawnSupervisor(home, launch) : await spawnPlugin(home, launch)
  return await awaitAnswer(request, spawned, begin)
}

/** One that runs and does not answer would be in the way of a second one, and a supervisor would start a third. */
async function refuseBeside({ home, launch: { name, pluginsDir, log } }: StartRequest): Promise<void> {
  const record = await readRecord(home, pluginsDir, name)
  const holder = [record?.supervisor, record?.plugin].find((one) => one !== undefined && isRunning(one))
  if (!holder) return
  const what = holder === record?.supervisor ? `has a supervisor (pid ${holder.pid})` : `runs (pid ${holder.pid})`
  throw new InfrakitError('conflict', `${name} ${what} and does not answer`, {
    hint: `infrakit plugin restart ${name}, or see its log: ${log}`,
  })
}

/** A process that was started here, and how it ended, should it have. */
interface Spawned {
  readonly pid: number
  ended(): Promise<string | undefined>
  kill(): Promise<void>
}

async function spawnPlugin(home: string, launch: Launch): Promise<Spawned> {
  const child = await spawnLogged(launch, { detached: true })
  const pid = child.pid ?? -1
  const plugin = identify(pid)
  await writeRecord(home, { ...launch, ...(plugin ? { plugin } : {}) })
  child.unref()
  return {
    pid,
    ended: () => {
      const { exitCode, signalCode } = child
      return Promise.resolve(exitCode === null && signalCode === null ? undefined : describeEnd(exitCode, signalCode))
    },
    async kill() {
      if (plugin) signal(plugin, 'SIGKILL')
      await removeRecord(home, launch.name)
    },
  }
}

/** The supervisor is this program again; what becomes of its plugin it writes into the record. */
async function spawnSupervisor(home: string, launch: Launch): Promise<Spawned> {
  const argument: Supervision = { home, launch }
  const program = fileURLToPath(new URL('../../../bin/infrakit.js', import.meta.url))
  const args = [program, '__supervise', JSON.stringify(argument)]
  const child = await spawnLogged({ ...launch, executable: process.execPath, args }, { detached: true })
  const pid = child.pid ?? -1
  const supervisor = identify(pid)
  child.unref()
  const record = () => readRecord(home, launch.pluginsDir, launch.name)
  return {
    pid,
    ended: async () => (supervisor && isRunning(supervisor) ? (await record())?.lastEnd : 'lost its supervisor'),
    async kill() {
      const plugin = (await record())?.plugin
      if (supervisor) signal(supervisor, 'SIGKILL')
      if (plugin) signal(plugin, 'SIGKILL')
      await removeRecord(home, launch.name)
    },
  }
}

async function awaitAnswer(request: StartRequest, spawned: Spawned, begin: number): Promise<Started> {
  const { launch, timeoutMs } = request
  const end = performance.now() + timeoutMs
  for (;;) {
    const how = await spawned.ended()
    if (how !== undefined) {
      await spawned.kill()
      throw await notStarted(launch, how, begin)
    }
    const answer = await answering(request)
    if (answer && (answer.pid === null || descends(answer.pid, spawned.pid))) return { ...answer, state: 'started' }
    if (performance.now() > end) {
      await spawned.kill()
      throw await notStarted(launch, `did not answer within ${formatDuration(timeoutMs)} and was ended`, begin)
    }
    await sleep(lookEvery)
  }
}

/** What answers under the plugin's name, if anything does. */
async function answering({ launch }: StartRequest): Promise<Omit<Started, 'state'> | undefined> {
  const found = await findByName(launch.pluginsDir, launch.name)
  if (!found || !(await answers(found))) return undefined
  return { name: found.name, pid: found.pid ?? null, listen: found.listen, log: launch.log }
}

/** Whether a process is the other one or was started by it; taken for granted where that cannot be told. */
function descends(pid: number, ancestor: number): boolean {
  for (let at: number | undefined = pid; at !== undefined; at = parentOf(at)) if (at === ancestor) return true
  return parentOf(process.pid) === undefined
}

async function notStarted({ name, log }: Launch, how: string, begin: number): Promise<InfrakitError> {
  const { lines } = await tailLog(log, shownLines, begin)
  const words = lines.filter((line) => !line.startsWith('supervisor: ')).map((line) => `  ${line}`)
  return new InfrakitError(
    'plugin-failed',
    [`${name} ${how}${words.length > 0 ? '; its last words:' : ''}`, ...words].join('\n'),
    {
      hint: `all of its log: ${log}`,
    },
  )
}
