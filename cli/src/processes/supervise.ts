import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '@infrakit/spi'
import { nextDelay } from './backoff.js'
import { identify } from './identity.js'
import { removeRecord, writeRecord, type Launch, type ProcessRecord } from './record.js'
import { describeEnd, spawnLogged } from './spawn.js'

export interface Supervision {
  readonly home: string
  readonly launch: Launch
}

/** The hidden command behind `plugin start --supervise`. */
export async function superviseFromArgument(argument: string): Promise<number> {
  await supervise(JSON.parse(argument) as Supervision)
  return 0
}

/**
 * Keeps a plugin running until this process gets SIGTERM, which it hands on; then it waits for the plugin's end and
 * takes its record away. Its own words go to standard output, which is the plugin's log.
 */
export async function supervise({ home, launch }: Supervision): Promise<void> {
  const stopping = new AbortController()
  const own = identify(process.pid)
  let record: ProcessRecord = { ...launch, ...(own ? { supervisor: own } : {}) }
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => stopping.abort())
  process.on('SIGHUP', () => undefined)
  let delay = 0
  while (!stopping.signal.aborted) {
    const begun = performance.now()
    const end = await runOnce(home, record, stopping.signal)
    if (stopping.signal.aborted) break
    delay = nextDelay(delay, performance.now() - begun)
    record = { ...record, lastEnd: end }
    await writeRecord(home, record)
    process.stdout.write(`supervisor: ${launch.name} ${end}; starting it again in ${delay} ms\n`)
    await sleep(delay, undefined, { signal: stopping.signal }).catch(() => undefined)
  }
  await removeRecord(home, launch.name)
}

/** Runs the plugin to its end. @returns how it ended */
async function runOnce(home: string, record: ProcessRecord, stopping: AbortSignal): Promise<string> {
  try {
    const child = await spawnLogged(record, { detached: false })
    const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
    const stop = () => void child.kill('SIGTERM')
    stopping.addEventListener('abort', stop)
    if (stopping.aborted) stop()
    const plugin = child.pid === undefined ? undefined : identify(child.pid)
    await writeRecord(home, { ...record, ...(plugin ? { plugin } : {}) })
    const [code, signal] = await exit
    stopping.removeEventListener('abort', stop)
    return describeEnd(code, signal)
  } catch (error) {
    return messageOf(error)
  }
}
