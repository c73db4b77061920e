import { Agent, request } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import type { IncomingMessage } from 'node:http'
import { InfrakitError, messageOf } from '@infrakit/spi'
import { digestOf, idOf, type Thing } from './things.js'

/** What is live of a thing. */
export interface LiveThing {
  readonly version: number
  readonly digest: string
}

/** The figures of a server. */
export interface Figures {
  readonly inFlight: number
  readonly rests: boolean
  readonly down: boolean
  readonly requests: number
  readonly answers: readonly [number, number, number, number, number]
  readonly connectErrors: number
  readonly answerErrors: number
  readonly retries: number
  readonly answerMs: number | undefined
}

/** Servers that get nothing, by `serverKey`. */
export interface Unwell {
  readonly down: ReadonlySet<string>
  readonly resting: ReadonlySet<string>
}

/** A change of the dictionary; `undefined`: there is to be none. */
export interface Change {
  readonly kind: Thing['kind']
  readonly name: string
  readonly text: string | undefined
}

/** What an nginx is told and asked, over its own socket. All throw `unavailable` when it does not answer. */
export interface Control {
  /** Makes all of them live, and reads them back. Throws `plugin-failed` when they are not what was given; then look. */
  put(changes: readonly Change[]): Promise<void>
  list(): Promise<Map<string, LiveThing>>
  look(workers: readonly number[], servers: readonly string[]): Promise<Figures[]>
  /** How many requests are under way, by worker and server. */
  flights(): Promise<{ pid: number; count: number; server: string }[]>
  setDown(route: string, server: string, down: boolean): Promise<void>
  /** Forgets servers that are gone, and what workers left that are no more. */
  forget(workers: readonly number[], servers: readonly string[]): Promise<void>
  /** Asks all workers to cut what is under way at a server. @returns tells how many have been cut so far */
  cut(server: string): Promise<() => Promise<number>>
  /** Servers that are down by their check, or rest after connections that failed. */
  unwell(): Promise<Unwell>
  who(): Promise<{ protocol: number; workers: number[]; changes: number }>
  close(): void
}

/** Both sides speak the same one. */
export const protocol = 1
const timeoutMs = 5000

export function openControl(socketPath: string): Control {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 })
  const nextVersion = createVersions()

  async function ask(path: string, body = ''): Promise<string[]> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { 'content-length': Buffer.byteLength(body) }
      const sent = request({ socketPath, path, method: 'POST', agent, headers, timeout: timeoutMs })
      sent.once('timeout', () => sent.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)))
      sent.once('response', resolve).once('error', reject)
      sent.end(body)
    }).catch((cause: unknown) => {
      throw new InfrakitError('unavailable', `nginx does not answer on ${socketPath}: ${messageOf(cause)}`, { cause })
    })
    const answer = await readText(response)
    if (response.statusCode === 200) return answer === '' ? [] : answer.split('\n')
    const words = response.statusCode === 507 ? answer : `status ${response.statusCode}`
    throw new InfrakitError('plugin-failed', `nginx refuses ${path}: ${words}`, {
      hint: 'Its dictionary may be full: fewer routes, or see its error.log.',
    })
  }

  return {
    async put(changes) {
      const numbered = changes.map((change) => ({ ...change, version: nextVersion() }))
      verify(numbered, readThings(await ask('/put', numbered.map(writeChange).join(''))))
    },
    list: async () => readThings(await ask('/list')),
    async look(workers, servers) {
      const lines = await ask('/look', [workers.join(' ') || '0', ...servers, ''].join('\n'))
      return servers.map((_, at) => readFigures(lines[at] ?? ''))
    },
    async flights() {
      return (await ask('/flights')).map((line) => {
        const [pid, count, server = ''] = line.split(' ')
        return { pid: Number(pid), count: Number(count), server }
      })
    },
    async setDown(route, server, down) {
      await ask('/down', `${route} ${server} ${Number(down)}\n`)
    },
    async forget(workers, servers) {
      await ask('/forget', [workers.join(' ') || '0', ...servers, ''].join('\n'))
    },
    async cut(server) {
      const [errand = ''] = await ask('/cut', server)
      return async () => Number((await ask('/cut/count', errand))[0])
    },
    async unwell() {
      const lines = (await ask('/unwell')).map((line) => line.split(' '))
      const of = (kind: string) => new Set(lines.filter(([its]) => its === kind).map(([, server = '']) => server))
      return { down: of('down'), resting: of('rest') }
    },
    async who() {
      const [spoken, workers = '', changes] = await ask('/who')
      return {
        protocol: Number(spoken),
        workers: workers.split(' ').filter(Boolean).map(Number),
        changes: Number(changes),
      }
    },
    close: () => agent.destroy(),
  }
}

/** Another one than any before, also than those of processes that ended. */
function createVersions(): () => number {
  let last = 0
  return () => {
    last = Math.max(last + 1, Date.now() * 1000)
    return last
  }
}

/** As `/put` reads it, and nginx in a file when it starts. */
export function writeChange({ kind, name, text, version }: Change & { readonly version: number }): string {
  const length = text === undefined ? -1 : Buffer.byteLength(text)
  return `${kind} ${name} ${version} ${length}\n${text ?? ''}`
}

function readThings(lines: readonly string[]): Map<string, LiveThing> {
  return new Map(
    lines.flatMap((line) => {
      const [kind, name, version, digest = ''] = line.split(' ')
      return Number(version) === 0 ? [] : [[`${kind} ${name}`, { version: Number(version), digest }] as const]
    }),
  )
}

function verify(wanted: readonly (Change & { version: number })[], live: ReadonlyMap<string, LiveThing>): void {
  for (const { kind, name, text, version } of wanted) {
    const is = live.get(idOf({ kind, name }))
    const right = text === undefined ? !is : is?.version === version && is.digest === digestOf(text)
    if (right) continue
    throw new InfrakitError('plugin-failed', `nginx was told '${kind} ${name}' and has something else`, {
      hint: 'Is another process changing it? See its error.log.',
    })
  }
}

function readFigures(line: string): Figures {
  const [inFlight, rests, down, requests, a1, a2, a3, a4, a5, connect, answer, retries, ms] = line.split(' ')
  const number = (text: string | undefined) => (text === undefined || text === '-' ? 0 : Number(text) || 0)
  return {
    inFlight: number(inFlight),
    rests: rests === '1',
    down: down === '1',
    requests: number(requests),
    answers: [number(a1), number(a2), number(a3), number(a4), number(a5)],
    connectErrors: number(connect),
    answerErrors: number(answer),
    retries: number(retries),
    answerMs: ms === undefined || ms === '-' ? undefined : Number(ms),
  }
}
