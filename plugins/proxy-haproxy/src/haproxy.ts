import { parseInfo, parseWorkers, type Workers } from './answers.js'
import { ask, patiently } from './ask.js'
import { InfrakitError } from '@infrakit/spi'
import type { Layout } from './layout.js'

/** An HAProxy in master-worker mode, whoever runs it. */
export interface Haproxy {
  /** Whether it runs now. */
  lives(): Promise<boolean>
  /** Its processes at the moment. Waits while it is being reloaded. Throws `unavailable`. */
  workers(): Promise<Workers>
  /**
   * Lets it read its configuration anew. Returns when a new worker serves, and those before it take no new connections.
   * Throws `plugin-failed` with HAProxy's words when it goes on with the old one.
   */
  reload(): Promise<void>
  /** Asks a worker that may be an old one; `undefined` when it has ended. Throws `unavailable`. */
  askWorker(pid: number, command: string): Promise<string | undefined>
  /** Makes it run, when it is ours. Throws `plugin-failed` with its words. */
  start(): Promise<void>
  /** Leaves it running, unless `end`. */
  close(end: boolean): Promise<void>
}

/** Tells from where in HAProxy's log to read what it complains of. */
export interface Words {
  now(): number
  since(at: number): string[]
}

const reloadMs = 60_000
/** How long its sockets may be out of reach while it is reloaded. */
const patienceMs = 5_000

/** What can be done with its sockets alone. */
export function driveHaproxy({ master, runtime }: Layout, words: Words): Omit<Haproxy, 'start' | 'close' | 'lives'> {
  async function lookOnce(): Promise<Workers> {
    const workers = parseWorkers(await ask(master, 'show proc'))
    if (workers) return workers
    throw new InfrakitError('unavailable', `HAProxy's master at ${master} does not tell which workers it has`)
  }

  const askWorker = async (pid: number, command: string) => {
    const answer = await patiently(patienceMs, () => ask(master, `@!${pid} ${command}`))
    return answer.includes("Can't find the target") ? undefined : answer
  }

  /** Whether a worker has learnt that it is to end, or has ended. */
  async function isLeaving(pid: number): Promise<boolean> {
    const { old, current } = await lookOnce()
    if (pid !== current && !old.includes(pid)) return true
    return parseInfo((await askWorker(pid, 'show info')) ?? '')?.stopping ?? false
  }

  return {
    workers: () => patiently(patienceMs, lookOnce),
    askWorker,
    async reload() {
      const before = await patiently(patienceMs, lookOnce)
      const said = words.now()
      await ask(master, 'reload')
      const after = await patiently(reloadMs, async () => {
        const now = await lookOnce()
        const done = now.reloads > before.reloads && (now.failed > 0 || now.current !== before.current)
        if (done && now.current !== undefined) return now
        throw new InfrakitError('timeout', `HAProxy was not reloaded within ${reloadMs / 1000} s`, {
          hint: 'See its log.',
        })
      })
      if (after.current === before.current) throw refused(words.since(said))
      await patiently(patienceMs, async () => {
        const info = parseInfo(await ask(runtime, 'show info'))
        const gone = before.current === undefined || (await isLeaving(before.current))
        if (info?.pid === after.current && gone) return
        throw new InfrakitError('timeout', `worker ${after.current} of HAProxy does not serve yet`)
      })
    },
  }
}

export function refused(words: readonly string[]): InfrakitError {
  return new InfrakitError('plugin-failed', `HAProxy refuses: ${words.join('; ') || 'its log tells why'}`, {
    hint: 'What was live before serves on.',
  })
}
