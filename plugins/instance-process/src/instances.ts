import { randomBytes } from 'node:crypto'
import {
  type Damaged,
  endAll,
  endOf,
  exitFile,
  isTooLarge,
  logFile,
  type Manner,
  type ProcessTable,
  type Records,
  rotate,
  watchExit,
} from '@infrakit/programs'
import { InfrakitError, messageOf, tag } from '@infrakit/spi'
import { createTurns } from '@infrakit/store'
import type { Ports } from './ports.js'
import { readProperties, type ProcessProperties } from './properties.js'
import type { InstanceRecord } from './record.js'

/** An instance as it is now. */
export interface Instanced {
  readonly record: InstanceRecord
  readonly properties: ProcessProperties
  /** Why it does not run although it should. */
  readonly ended: string | undefined
}

export interface World {
  readonly table: ProcessTable
  readonly records: Records<InstanceRecord>
  readonly ports: Ports
  readonly log: { warn(fields: object, message: string): void }
  readonly publish: (event: { Topic: string; Type: string; ID: string; Message: string }) => void
}

/** The instances that there are; what is known of them is in memory, and looked at anew whenever it is asked for. */
export interface Instances {
  /** Runs what changes an instance, one after the other. */
  inTurn<T>(id: string, work: () => Promise<T>): Promise<T>
  /** Those that were made, by ID, as they are now. */
  all(): (Instanced | Damaged)[]
  /** Throws `not-found`. */
  find(id: string): Instanced | Damaged
  /** The ID of the one that carries this provision key. */
  provisioned(key: string): string | undefined
  /** Writes down what is being made of an instance, and looks at it from then on. */
  write(record: InstanceRecord): Promise<void>
  /** Looks at an instance now. */
  look(id: string): void
  /** Ends all that runs of an instance. Throws `plugin-failed`. */
  end(record: Pick<InstanceRecord, 'ID' | 'Supervisor'>, manner: Manner): Promise<void>
  /** Takes an instance away of which nothing runs. */
  remove(id: string): Promise<void>
  /** Goes on from what the last process left: ends what it did not come to, and all that belongs to nothing. */
  adopt(): Promise<void>
  /** Stops looking. The processes stay. */
  close(): Promise<void>
}

/** Milliseconds; hints make it faster. */
const lookEvery = 1000
/**
 * Milliseconds. To look for what a command left running takes all processes of the machine, and a group that is told of
 * the end wants another instance first; it also destroys what ended, with the rest of it.
 */
const restAfter = 250
export const atOnce: Manner = { signal: 'SIGKILL', grace: 0 }

/** How an instance wants to be ended. */
export function mannerOf({ stopSignal, stopGrace }: ProcessProperties): Manner {
  return { signal: stopSignal, grace: stopGrace }
}

/** By it the processes of an instance are found. @param run without it those of all its runs */
export function markOf(key: string, id: string, run = ''): string {
  return `${key}.${id}.${run}`
}

export function randomRun(): string {
  return randomBytes(6).toString('hex')
}

interface Entry extends Instanced {
  ended: string | undefined
  watching: { close(): void } | undefined
}

export function createInstances(world: World): Instances {
  const { table, records, ports, log } = world
  const inTurn = createTurns()
  const entries = new Map<string, Entry>()
  const damaged = new Map<string, Damaged>()
  const keys = new Map<string, string>()
  const rotating = new Map<string, Promise<void>>()
  const troubles = new Set<string>()
  const timer = setInterval(round, lookEvery).unref()

  function publish(what: 'created' | 'changed' | 'destroyed', ID: string, more = `${ID} was ${what}`): void {
    world.publish({ Topic: `instance/${what}`, Type: 'instance', ID, Message: more })
  }

  /** Logs what may come back every second only once. */
  function complain(id: string, what: string, error: unknown): void {
    const words = messageOf(error)
    const trouble = `${id} ${what} ${words}`
    if (!troubles.has(trouble)) log.warn({ instance: id, error: words }, what)
    troubles.add(trouble)
  }

  function look(id: string): void {
    const entry = entries.get(id)
    if (!entry || entry.ended !== undefined || !['running', 'destroying'].includes(entry.record.Phase)) return
    const ended = endOf(table, entry.record, exitFile(records.dirOf(id)))
    if (ended === undefined) return
    entry.ended = ended
    unwatch(entry)
    publish('changed', id, `${id} ${ended}`)
    if (entry.record.Phase === 'running') setTimeout(() => void endRest(entry), restAfter).unref()
  }

  /** With its command an instance has ended: what that left running would keep its ports. */
  async function endRest({ record }: Entry): Promise<void> {
    try {
      await inTurn(record.ID, async () => {
        if (entries.get(record.ID)?.record === record) await end(record, atOnce)
      })
    } catch (error) {
      complain(record.ID, 'could not end what its command left running', error)
    }
  }

  function unwatch(entry: Entry | undefined): void {
    entry?.watching?.close()
    if (entry) entry.watching = undefined
  }

  function round(): void {
    for (const { record, properties } of entries.values()) {
      try {
        look(record.ID)
        rotateLog(record, properties)
      } catch (error) {
        complain(record.ID, 'could not look at an instance', error)
      }
    }
  }

  function rotateLog({ ID, Phase }: InstanceRecord, properties: ProcessProperties): void {
    const path = logFile(records.dirOf(ID))
    const { maxSize, keep } = properties.log
    if (Phase === 'provisioning' || rotating.has(ID) || !isTooLarge(path, maxSize)) return
    const work = rotate(path, keep)
      .catch((error: unknown) => entries.has(ID) && complain(ID, 'could not rotate a log', error))
      .finally(() => rotating.delete(ID))
    rotating.set(ID, work.then())
  }

  /** Throws `input` when the properties are none; then nothing is changed. */
  function remember(record: InstanceRecord): void {
    const before = entries.get(record.ID)
    const properties = before?.properties ?? readProperties(record.Spec.Properties)
    const key = record.Tags?.[tag.provision]
    const old = before?.record.Tags?.[tag.provision]
    if (old !== undefined && old !== key) keys.delete(old)
    if (key !== undefined) keys.set(key, record.ID)
    const same = before && before.record.Run === record.Run && before.record.Supervisor === record.Supervisor
    const [ended, watching] = same ? [before.ended, before.watching] : []
    const entry: Entry = { record, properties, ended, watching }
    if (!same) unwatch(before)
    if (record.Phase === 'running') {
      entry.watching ??= watchExit(exitFile(records.dirOf(record.ID)), () => look(record.ID))
    }
    entries.set(record.ID, entry)
    ports.hold(record.ID, record.Ports)
  }

  async function write(record: InstanceRecord): Promise<void> {
    // Nothing of it outlives a power failure, and what outlives this process alone is found by its mark.
    if (record.Phase === 'provisioning') await records.begin(record.ID)
    else await records.write(record)
    const before = entries.get(record.ID)?.record.Phase
    remember(record)
    look(record.ID)
    if (record.Phase === 'provisioning' || record.Phase === 'starting') return
    publish(before === undefined || before === 'provisioning' ? 'created' : 'changed', record.ID)
  }

  async function end({ ID, Supervisor }: Pick<InstanceRecord, 'ID' | 'Supervisor'>, manner: Manner): Promise<void> {
    await endAll(table, { name: ID, leader: Supervisor, mark: markOf(records.key, ID) }, manner)
  }

  async function remove(id: string): Promise<void> {
    const entry = entries.get(id)
    await rotating.get(id)
    await records.remove(id)
    unwatch(entry)
    entries.delete(id)
    damaged.delete(id)
    ports.release(id)
    const key = entry?.record.Tags?.[tag.provision]
    if (key !== undefined && keys.get(key) === id) keys.delete(key)
    if (entry?.record.Phase !== 'provisioning') publish('destroyed', id)
  }

  async function adopt(): Promise<void> {
    for (const found of await records.load()) {
      if ('problem' in found) damaged.set(found.ID, found)
      else rememberFound(found)
    }
    const kept = new Set<string>()
    for (const { record } of entries.values()) {
      if (['running', 'stopped', 'destroying'].includes(record.Phase))
        kept.add(markOf(records.key, record.ID, record.Run))
    }
    const isStray = ({ mark }: { mark: string }) => !kept.has(mark) && !damaged.has(mark.split('.')[1] ?? '')
    const strays = new Set(
      table
        .marked(`${records.key}.`)
        .filter(isStray)
        .map(({ mark }) => mark),
    )
    for (const mark of strays) await endAll(table, { name: 'what was left running', leader: null, mark }, atOnce)
    for (const entry of [...entries.values()]) {
      const { record } = entry
      if (record.Phase === 'starting') await write({ ...record, Phase: 'stopped', Supervisor: null })
      if (record.Phase === 'stopped' || record.Phase === 'destroying') void goOn(entry)
    }
    round()
  }

  function rememberFound(record: InstanceRecord): void {
    try {
      remember(record)
    } catch (error) {
      damaged.set(record.ID, { ID: record.ID, problem: messageOf(error) })
    }
  }

  /** Ends in the background what a killed process was ending. */
  async function goOn({ record, properties }: Entry): Promise<void> {
    try {
      await inTurn(record.ID, async () => {
        if (entries.get(record.ID)?.record !== record) return
        await end(record, mannerOf(properties))
        if (record.Phase === 'destroying') await remove(record.ID)
      })
    } catch (error) {
      complain(record.ID, 'could not end an instance', error)
    }
  }

  return {
    inTurn,
    all() {
      for (const id of entries.keys()) look(id)
      const made = [...entries.values()].filter(({ record }) => record.Phase !== 'provisioning')
      return [...made, ...damaged.values()]
    },
    find(id) {
      const entry = entries.get(id)
      const found = entry?.record.Phase === 'provisioning' ? undefined : (entry ?? damaged.get(id))
      if (!found) throw new InfrakitError('not-found', `there is no instance '${id}'`)
      look(id)
      return found
    },
    provisioned: (key) => keys.get(key),
    write,
    look,
    end,
    remove,
    adopt,
    async close() {
      clearInterval(timer)
      for (const entry of entries.values()) unwatch(entry)
      await Promise.all(rotating.values())
      await records.close()
    },
  }
}
