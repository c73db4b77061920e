import { noCounters } from '@infrakit/proxy'
import { InfrakitError, type LiveServer } from '@infrakit/spi'
import { parseInfo, parseStats, type StatRow } from './answers.js'
import { ask, patiently } from './ask.js'
import type { Haproxy } from './haproxy.js'
import { backendOf } from './layout.js'
import { slotName, type Base, type Slot, type Slots } from './slots.js'

/** What all workers say of a route's places. */
export interface Observation {
  readonly worker: number
  readonly rows: ReadonlyMap<string, StatRow>
  /** Requests under way at a place, in every worker. */
  inFlight(at: number): number
  base(at: number): Base
}

const counted = ['stot', 'hrsp_1xx', 'hrsp_2xx', 'hrsp_3xx', 'hrsp_4xx', 'hrsp_5xx', 'econ', 'eresp', 'wretr'] as const
const patienceMs = 3_000

/** Throws `unavailable` when HAProxy does not answer. */
export async function observe(haproxy: Haproxy, runtime: string, route: string, slots: Slots): Promise<Observation> {
  const command = `show stat ${backendOf(route)} 4 -1`
  const { workers, rows } = await patiently(patienceMs, async () => {
    const workers = await haproxy.workers()
    const text = await ask(runtime, `show info;${command}`)
    const rows = parseStats(text)
    // Were there a reload in between, requests of the worker that was replaced would not be counted.
    if (rows && parseInfo(text)?.pid === workers.current) return { workers, rows }
    throw new InfrakitError('unavailable', `HAProxy does not tell how the route '${route}' is: ${text.slice(0, 100)}`)
  })
  const finishing = new Map<string, number>()
  for (const pid of workers.old) {
    for (const row of (await rowsOf(haproxy, pid, command)).values()) {
      finishing.set(row['addr'] ?? '', (finishing.get(row['addr'] ?? '') ?? 0) + underWay(row))
    }
  }
  const rowOf = (at: number) => rows.get(slotName(at)) ?? {}
  return {
    worker: workers.current ?? 0,
    rows,
    // Old workers may have a server in another place, but have it at the same address.
    inFlight: (at) => underWay(rowOf(at)) + (finishing.get(addressOf(slots[at])) ?? 0),
    base: (at) => ({
      Worker: workers.current ?? 0,
      Counters: Object.fromEntries(counted.map((name) => [name, Number(rowOf(at)[name] ?? 0)])),
    }),
  }
}

/** What an old worker tells; nothing when it has ended, or never had the route. Silence is not taken for nothing. */
export function rowsOf(haproxy: Haproxy, pid: number, command: string): Promise<ReadonlyMap<string, StatRow>> {
  return patiently(patienceMs, async () => {
    const text = await haproxy.askWorker(pid, command)
    if (text === undefined || text.includes('No such proxy')) return new Map<string, StatRow>()
    const rows = parseStats(text)
    if (rows) return rows
    if (!(await haproxy.workers()).old.includes(pid)) return new Map<string, StatRow>()
    throw new InfrakitError('unavailable', `worker ${pid} of HAProxy does not tell what it has under way`)
  })
}

function underWay(row: StatRow): number {
  return Number(row['scur'] ?? 0) + Number(row['qcur'] ?? 0)
}

/** As `show stat` writes it. */
function addressOf(slot: Slot | null | undefined): string {
  if (!slot) return 'none'
  return slot.Address.includes(':') ? `[${slot.Address}]:${slot.Port}` : `${slot.Address}:${slot.Port}`
}

/** What is live of a route, those that only finish included. Pure. */
export function liveServers(slots: Slots, seen: Observation): LiveServer[] {
  const live = slots.flatMap((slot, at) => {
    if (!slot) return []
    const InFlight = seen.inFlight(at)
    if (slot.Leaving && InFlight === 0) return []
    return [{ slot, InFlight, row: seen.rows.get(slotName(at)) ?? {} }]
  })
  const sum = live.reduce((total, { row }) => total + weightOf(row), 0)
  return live.map(({ slot, InFlight, row }) => {
    const count = counter(row, slot.Base?.Worker === seen.worker ? slot.Base : undefined)
    return {
      ...noCounters(),
      Backend: slot.Backend,
      Name: slot.Name,
      Host: slot.Host,
      Port: slot.Port,
      State: stateOf(slot, row),
      Share: sum > 0 ? weightOf(row) / sum : 0,
      InFlight,
      Requests: count('stot'),
      Answers: {
        '1xx': count('hrsp_1xx'),
        '2xx': count('hrsp_2xx'),
        '3xx': count('hrsp_3xx'),
        '4xx': count('hrsp_4xx'),
        '5xx': count('hrsp_5xx'),
      },
      ConnectErrors: count('econ'),
      AnswerErrors: count('eresp'),
      Retries: count('wretr'),
      AnswerMs: count('hrsp_2xx') > 0 ? Number(row['ctime'] ?? 0) + Number(row['rtime'] ?? 0) : null,
    }
  })
}

function stateOf({ Leaving, Drained }: Slot, row: StatRow): LiveServer['State'] {
  if (Leaving || Drained) return 'draining'
  return /^(DOWN|MAINT)/.test(row['status'] ?? '') ? 'down' : 'up'
}

function weightOf(row: StatRow): number {
  return row['status']?.startsWith('MAINT') ? 0 : Number(row['weight'] ?? 0)
}

function counter(row: StatRow, base: Base | undefined): (name: string) => number {
  return (name) => Math.max(0, Number(row[name] ?? 0) - (base?.Counters[name] ?? 0))
}
