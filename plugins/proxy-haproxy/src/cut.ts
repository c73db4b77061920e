import { ask } from './ask.js'
import type { Haproxy } from './haproxy.js'
import { rowsOf, type Observation } from './observe.js'
import { slotName } from './slots.js'

interface Cut {
  readonly haproxy: Haproxy
  readonly runtime: string
  readonly backend: string
  /** Its place. */
  readonly at: number
  readonly seen: Observation
}

/** Cuts what is under way at a server, in every worker. HAProxy may send elsewhere what can be sent twice. */
export async function cutServer({ haproxy, runtime, backend, at, seen }: Cut): Promise<void> {
  await ask(runtime, `shutdown sessions server ${backend}/${slotName(at)}`)
  const address = seen.rows.get(slotName(at))?.['addr']
  for (const pid of (await haproxy.workers()).old) {
    const rows = await rowsOf(haproxy, pid, `show stat ${backend} 4 -1`)
    const names = [...rows].filter(([, row]) => row['addr'] === address).map(([name]) => name)
    // A worker that ends knows no commands for its servers any more, only for sessions.
    const sessions = names.length > 0 ? ((await haproxy.askWorker(pid, 'show sess')) ?? '') : ''
    for (const name of names) {
      for (const id of sessionsOf(sessions, backend, name)) await haproxy.askWorker(pid, `shutdown session ${id}`)
    }
  }
}

/** Reads `show sess`. */
export function sessionsOf(text: string, backend: string, server: string): string[] {
  const lines = text.split('\n').filter((line) => line.includes(` be=${backend} srv=${server} `))
  return lines.map((line) => line.split(':', 1)[0] ?? '').filter((id) => id.startsWith('0x'))
}
