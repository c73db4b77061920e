import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { freePort, type Teardown, temporaryFolder, waitUntil } from '@infrakit/testing'

/** A server that HAProxy could have. */
export interface Slot {
  readonly name: string
  readonly address: string
  /** As HAProxy has it: `ready` and `drain` serve, the latter only what it has already; `maint` is out. */
  readonly state: 'ready' | 'drain' | 'maint'
}

export interface Haproxy {
  readonly port: number
  readonly slots: readonly string[]
  /** Commands of the runtime API, carried out in one go. Throws when one of them was refused. */
  run(commands: readonly string[]): Promise<void>
  /** What it has now. */
  live(): Promise<Slot[]>
}

const count = 24

/**
 * A free slot for each server that may come: what `add server` adds is lost when it is started again. Nothing is tried twice
 * or sent elsewhere, so that no failure of a server is hidden.
 */
function configuration(port: number, socket: string): string {
  return `global
  stats socket ${socket} mode 600 level admin
  nbthread 1
defaults
  mode http
  retries 0
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend web
  bind 127.0.0.1:${port}
  default_backend web
backend web
  balance roundrobin
  server-template s 1-${count} 127.0.0.1:1 disabled pool-purge-delay 1s
`
}

async function ask(socket: string, commands: readonly string[]): Promise<string> {
  const connection = connect(socket)
  connection.write(`${commands.join(';')}\n`)
  return text(connection)
}

/** What it answers where it does as it is told. */
const fine = /^(IP changed from .*|port changed from .*|no need to change .*|nothing changed.*|)$/

const states = { 0: 'ready', 1: 'maint', 8: 'drain' } as const

/** A line of `show servers state`; see HAProxy's management guide for its columns. */
function readSlot(line: string): Slot[] {
  const columns = line.split(' ')
  const [, backend, , name = '', host, , admin] = columns
  if (backend !== 'web') return []
  // Bits: told to be in maintenance (1), told to drain (8).
  const bits = Number(admin) & 9
  const state = states[bits === 9 ? 1 : (bits as 0 | 1 | 8)]
  return [{ name, address: `${host}:${columns[18]}`, state }]
}

/** HAProxy on a free port, without a server. */
export async function startHaproxy(t: Teardown): Promise<Haproxy> {
  const folder = await temporaryFolder(t)
  const [file, socket, port] = [join(folder, 'haproxy.cfg'), join(folder, 'admin'), await freePort()]
  await writeFile(file, configuration(port, socket))
  const child = spawn('haproxy', ['-db', '-f', file], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (said += piece.toString()))
  const exited = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  await waitUntil('haproxy to answer', async () => {
    if (child.exitCode !== null) throw new Error(`haproxy ended: ${said}`)
    return (await ask(socket, ['show info'])).includes('Version')
  })

  return {
    port,
    slots: Array.from({ length: count }, (_, at) => `s${at + 1}`),
    async run(commands) {
      const answers = (await ask(socket, commands)).split('\n').map((line) => line.trim())
      const refused = answers.filter((line) => !fine.test(line))
      if (refused.length > 0) throw new Error(`haproxy, told ${commands.join('; ')}: ${refused.join('; ')}`)
    },
    live: async () => (await ask(socket, ['show servers state web'])).split('\n').flatMap(readSlot),
  }
}
