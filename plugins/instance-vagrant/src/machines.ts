import { readdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { failpoint } from '@infrakit/host'
import {
  lastLines,
  logFile,
  markName,
  startSupervisor,
  untilEnded,
  type Damaged,
  type ProcessTable,
  type Records,
} from '@infrakit/programs'
import { InfrakitError, messageOf } from '@infrakit/spi'
import { codeOf, createLimit, createTurns, makeFolder } from '@infrakit/store'
import type { InstanceRecord } from './record.js'

export interface World {
  /** Path of the program. */
  readonly program: string
  readonly table: ProcessTable
  readonly records: Records<InstanceRecord>
  readonly log: { warn(fields: object, message: string): void }
  readonly publish: (event: { Topic: string; Type: string; ID: string; Message: string }) => void
}

/** The instances by their records, and Vagrant at work on them. */
export interface Machines {
  inTurn<T>(id: string, work: () => Promise<T>): Promise<T>
  /** Those that were made, by ID. */
  all(): (InstanceRecord | Damaged)[]
  /** Throws `not-found`, and `plugin-failed` for one whose record makes no sense. */
  find(id: string, verb: string): InstanceRecord
  /** The record of whatever has the ID, also of what is not made yet. */
  known(id: string): InstanceRecord | undefined
  /** Whether Vagrant works on it: then it can tell its state to nobody else. */
  isBusy(id: string): boolean
  write(record: InstanceRecord): Promise<void>
  /** Runs Vagrant for an instance, to its end also when this process is killed. Throws `plugin-failed` with its last words. */
  run(record: InstanceRecord, args: readonly string[]): Promise<void>
  /** Destroys the machine and removes its folder. */
  remove(id: string): Promise<void>
  /** Puts files into an instance's folder. */
  prepare(id: string, files: Readonly<Record<string, string>>): Promise<void>
  /** Goes on from what the last process left; resolves when all is as its record says. */
  adopt(): Promise<void>
}

/** Vagrant is heavy: more of it at once make each slower. */
const atOnce = 4
const toldLines = 10
/** Where Ruby's traces name the callers; what failed is said before them. */
const ofTrace = /^\s*(\d+: )?from .*:\d+:in /
const turns = 20
/**
 * Who asks for its state has a machine locked for a moment, and removes the same files when it is gone; with docker Vagrant
 * stumbles over containers of others that go.
 */
const passing = /it is locked|No such (object|container)|Errno::ENOENT/
const lockPause = 250

function failure(id: string, args: readonly string[], code: number | undefined, words: string): InfrakitError {
  const how = code === undefined ? 'was killed' : `failed with code ${code}`
  return new InfrakitError('plugin-failed', `vagrant ${args[0]} of ${id} ${how}: ${words}`)
}

/** The last that Vagrant said in an instance's folder. */
function lastWords(dir: string): string {
  const lines = lastLines(logFile(dir), 0, 10 * toldLines).filter((line) => line !== '' && !ofTrace.test(line))
  return lines.slice(-toldLines).join('\n')
}

export async function openMachines(world: World): Promise<Machines> {
  const { program, table, records, log } = world
  const inTurn = createTurns()
  const limited = createLimit(atOnce)
  const found = await records.load()
  const damaged = new Map(found.flatMap((one) => ('problem' in one ? [[one.ID, one]] : [])))
  const busy = new Set<string>()
  const entries = new Map(found.flatMap((one) => ('problem' in one ? [] : [[one.ID, one]])))

  function publish(what: 'created' | 'changed' | 'destroyed', ID: string): void {
    world.publish({ Topic: `instance/${what}`, Type: 'instance', ID, Message: `${ID} was ${what}` })
  }

  async function write(record: InstanceRecord): Promise<void> {
    await records.write(record)
    const before = entries.get(record.ID)?.Phase
    entries.set(record.ID, record)
    if (record.Phase === 'provisioning') return
    publish(before === undefined || before === 'provisioning' ? 'created' : 'changed', record.ID)
  }

  async function run(record: InstanceRecord, args: readonly string[]): Promise<void> {
    const dir = records.dirOf(record.ID)
    await limited(async () => {
      busy.add(record.ID)
      try {
        for (let turn = 1; ; turn++) {
          const code = await runOne(record, dir, args)
          if (code === 0) return
          const words = lastWords(dir)
          if (turn >= turns || code === undefined || !passing.test(words)) throw failure(record.ID, args, code, words)
          await sleep(lockPause)
        }
      } finally {
        busy.delete(record.ID)
      }
    })
  }

  async function runOne(record: InstanceRecord, dir: string, args: readonly string[]): Promise<number | undefined> {
    const environment = { ...process.env, [markName]: `${records.key}.${record.ID}.` } as Record<string, string>
    const command = [program, ...args, '--no-color', '--no-tty']
    failpoint('vagrant/run')
    const prepared = { cwd: dir, environment }
    const Supervisor = await startSupervisor(table, { dir, command, prepared, ended: () => undefined })
    const now = { ...(entries.get(record.ID) ?? record), Supervisor }
    await records.write(now)
    entries.set(record.ID, now)
    failpoint('vagrant/running')
    const code = await untilEnded(table, { Supervisor, dir })
    failpoint('vagrant/ran')
    return code
  }

  async function remove(id: string): Promise<void> {
    const record = entries.get(id)
    if (record && (await isMade(id))) await run(record, ['destroy', '--force'])
    await records.remove(id)
    entries.delete(id)
    damaged.delete(id)
    if (record?.Phase !== 'provisioning') publish('destroyed', id)
  }

  /** Whether Vagrant has a machine there: a Vagrantfile that it cannot read must not keep a folder for ever. */
  async function isMade(id: string): Promise<boolean> {
    const machines = join(records.dirOf(id), '.vagrant', 'machines')
    const files = await readdir(machines, { recursive: true }).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return []
      throw error
    })
    return files.some((file) => basename(file) === 'id')
  }

  async function resume(record: InstanceRecord): Promise<void> {
    const dir = records.dirOf(record.ID)
    const { Supervisor, Phase } = record
    const code = Supervisor ? await untilEnded(table, { Supervisor, dir }) : undefined
    if (Phase === 'destroying') return remove(record.ID)
    if (Phase !== 'provisioning') return
    if (code === 0) await write({ ...record, Phase: 'running' })
    else await remove(record.ID)
  }

  return {
    inTurn,
    all: () => [...[...entries.values()].filter(({ Phase }) => Phase !== 'provisioning'), ...damaged.values()],
    find(id, verb) {
      const record = entries.get(id)
      if (record && record.Phase !== 'provisioning') return record
      const problem = damaged.get(id)?.problem
      if (problem === undefined) throw new InfrakitError('not-found', `there is no instance '${id}'`)
      throw new InfrakitError('plugin-failed', `cannot ${verb} ${id}: its record makes no sense: ${problem}`, {
        hint: `Repair ${join(records.dirOf(id), 'instance.json')}, or remove the machine by hand: vagrant destroy.`,
      })
    },
    known: (id) => entries.get(id),
    isBusy: (id) => busy.has(id),
    write,
    run,
    remove,
    async prepare(id, files) {
      const dir = records.dirOf(id)
      await makeFolder(dir)
      for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text, { mode: 0o600 })
    },
    async adopt() {
      const work = [...entries.values()].map(async (record) => {
        try {
          await inTurn(record.ID, () => resume(record))
        } catch (error) {
          log.warn({ instance: record.ID, error: messageOf(error) }, 'could not go on where the plugin was killed')
        }
      })
      await Promise.all(work)
    },
  }
}
