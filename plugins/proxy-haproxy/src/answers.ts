/** What HAProxy has in a place, as `show servers state` tells. */
export interface SeenSlot {
  readonly address: string
  readonly port: number
  readonly weight: number
  readonly maintenance: boolean
  /** Told to drain, which this plugin never does: it takes the weight. */
  readonly drain: boolean
  readonly up: boolean
  /** As it came. */
  readonly columns: readonly string[]
}

/** By backend, then by server. */
export type SeenStates = ReadonlyMap<string, ReadonlyMap<string, SeenSlot>>

/** Bits of the administrative state: maintenance by command, by what it tracks, by DNS; drain by command, by what it tracks. */
const bits = { maintenance: 0x01 | 0x02 | 0x20 | 0x40, drain: 0x08 | 0x10 }

/** Reads `show servers state`, of one backend or of all. What else was answered before it is passed over. */
export function parseStates(text: string): SeenStates {
  const all = new Map<string, Map<string, SeenSlot>>()
  for (const line of text.split('\n')) {
    const columns = line.split(' ')
    const [, backend = '', , server = '', address = ''] = columns
    if (columns.length < 20 || line.startsWith('#')) continue
    const admin = Number(columns[6])
    const seen: SeenSlot = {
      address,
      port: Number(columns[18]),
      weight: Number(columns[7]),
      maintenance: (admin & bits.maintenance) !== 0,
      drain: (admin & bits.drain) !== 0,
      up: columns[5] !== '0',
      columns,
    }
    const servers = all.get(backend)
    if (servers) servers.set(server, seen)
    else all.set(backend, new Map([[server, seen]]))
  }
  return all
}

export type StatRow = Readonly<Record<string, string>>

/** Reads the CSV of `show stat`: by server. What stands before it is passed over. `undefined` when there is none. */
export function parseStats(text: string): Map<string, StatRow> | undefined {
  const begin = text.indexOf('# pxname,')
  if (begin < 0) return undefined
  const [head = '', ...lines] = text
    .slice(begin)
    .split('\n')
    .filter((line) => line.includes(','))
  const names = head.replace(/^# /, '').split(',')
  const rows = lines.map((line) => {
    const cells = line.split(',')
    return Object.fromEntries(names.map((name, at) => [name, cells[at] ?? '']))
  })
  return new Map(rows.map((row) => [row['svname'] ?? '', row]))
}

/** The processes of an HAProxy in master-worker mode. */
export interface Workers {
  readonly master: number
  /** How often it was reloaded, and how often that failed since it last went well. */
  readonly reloads: number
  readonly failed: number
  readonly current: number | undefined
  /** Those that finish what they have. */
  readonly old: readonly number[]
}

/** Reads `show proc` of the master's socket; `undefined` when it says nothing of a master. */
export function parseWorkers(text: string): Workers | undefined {
  const master = /^(\d+)\s+master\s+(\d+)(?: \[failed: (\d+)\])?/m.exec(text)
  if (!master) return undefined
  const section = (title: string) => {
    const after = text.split(new RegExp(`^# ${title}$`, 'm'))[1]?.split(/^#/m)[0] ?? ''
    return [...after.matchAll(/^(\d+)\s+worker/gm)].map(([, pid]) => Number(pid))
  }
  return {
    master: Number(master[1]),
    reloads: Number(master[2]),
    failed: Number(master[3] ?? 0),
    current: section('workers')[0],
    old: section('old workers'),
  }
}

/** Reads `show info`. */
export function parseInfo(text: string): { pid: number; stopping: boolean } | undefined {
  const pid = /^Pid: (\d+)/m.exec(text)?.[1]
  return pid === undefined ? undefined : { pid: Number(pid), stopping: /^Stopping: 1/m.test(text) }
}

/** What HAProxy complains of, in its words. */
export function alertsIn(text: string): string[] {
  const lines = text.split('\n').filter((line) => line.startsWith('[ALERT]'))
  const words = lines.map((line) => line.replace(/^\[ALERT\]\s+(\(\d+\) )?: (config : )?(parsing )?/, '').trim())
  const telling = words.filter(
    (line) => !/^(Error\(s\) found in|Fatal errors found|\[haproxy\.main\(\)\] Some)/.test(line),
  )
  return telling.length > 0 ? telling : words
}
