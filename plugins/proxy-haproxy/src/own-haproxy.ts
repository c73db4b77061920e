import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { endAll, markName, openProcessTable, type Identity, type ProcessTable, type Target } from '@infrakit/programs'
import { InfrakitError } from '@infrakit/spi'
import { openStore, type Store } from '@infrakit/store'
import { z } from 'zod'
import { alertsIn, parseInfo, parseWorkers } from './answers.js'
import { ask } from './ask.js'
import { driveHaproxy, refused, type Haproxy, type Words } from './haproxy.js'
import type { Layout } from './layout.js'

const identitySchema: z.ZodType<Identity> = z.strictObject({ Pid: z.int().positive(), StartTime: z.string() })

export interface OwnHaproxyOptions {
  readonly dir: string
  readonly layout: Layout
  readonly program: string
  readonly others: readonly string[]
}

const startMs = 60_000

/** An HAProxy that this plugin starts, and that outlives it. One that runs since an earlier life of the plugin is adopted. */
export async function ownHaproxy({ dir, layout, program, others }: OwnHaproxyOptions): Promise<Haproxy> {
  const table = openProcessTable()
  const records: Store<Identity> = await openStore(dir, { check: (value) => identitySchema.parse(value) })
  const words = wordsOf(layout.log)
  const target: Target = { name: 'HAProxy', leader: null, mark: `${dir}/` }
  const known = await records.read('haproxy')
  let master = known && table.lives(known) ? known : await findMaster(table, layout)

  async function start(): Promise<void> {
    // A worker whose master was killed ends by itself, but maybe not yet.
    await endAll(table, target, { signal: 'SIGKILL', grace: 0 })
    const from = words.now()
    const log = openSync(layout.log, 'a', 0o600)
    const args = [
      '-W',
      '-S',
      `${layout.master},mode,600,level,admin`,
      ...[...others, layout.conf].flatMap((path) => ['-f', path]),
    ]
    const env = { PATH: process.env['PATH'] ?? '', [markName]: `${dir}/` }
    const child = spawn(program, args, { cwd: dir, env, detached: true, stdio: ['ignore', log, log] })
    closeSync(log)
    const ended = once(child, 'exit').then(
      () => true,
      () => true,
    )
    child.unref()
    const end = performance.now() + startMs
    for (;;) {
      const over = await Promise.race([ended, sleep(10, false)])
      if (over) throw refused(words.since(from))
      const info = await ask(layout.runtime, 'show info').then(parseInfo, () => undefined)
      if (info && table.see(info.pid)?.parent === child.pid) break
      if (performance.now() > end)
        throw new InfrakitError('timeout', `HAProxy does not serve after ${startMs / 1000} s`)
    }
    master = table.identify(child.pid ?? 0)
    if (master) await records.write('haproxy', master)
  }

  return {
    ...driveHaproxy(layout, words),
    lives: async () => master !== undefined && table.lives(master),
    start,
    async close(end) {
      if (!end || !master) return
      await endAll(table, { ...target, leader: master }, { signal: 'SIGTERM', grace: 5_000 })
      await records.remove('haproxy')
    },
  }
}

/** The master that was started just before the plugin was killed, if there is one. */
async function findMaster(table: ProcessTable, { master }: Layout): Promise<Identity | undefined> {
  const workers = await ask(master, 'show proc').then(parseWorkers, () => undefined)
  return workers && table.identify(workers.master)
}

function wordsOf(log: string): Words {
  const size = () => statSync(log, { throwIfNoEntry: false })?.size ?? 0
  return {
    now: size,
    since: (at) => (size() > at ? alertsIn(readFileSync(log).subarray(at).toString()) : []),
  }
}

/** The version of a program that says it is HAProxy. Throws `incompatible` for what is none, or too old. */
export function checkVersion(said: string, program: string): void {
  const [, major, minor] = /^HAProxy version (\d+)\.(\d+)/m.exec(said) ?? []
  if (Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 6)) return
  const what = major === undefined ? 'is no HAProxy' : `is HAProxy ${major}.${minor}`
  throw new InfrakitError('incompatible', `${program} ${what}: 2.6 or later is needed`, {
    hint: `Install it (apt-get install haproxy), or name another one: --haproxy. This one is in ${dirname(program)}.`,
  })
}
