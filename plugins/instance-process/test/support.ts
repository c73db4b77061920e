import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { endAll, isSupervisor, openProcessTable } from '@infrakit/programs'
import { InfrakitError, type InstanceDescription } from '@infrakit/spi'
import { temporaryFolder, waitUntil, type Teardown } from '@infrakit/testing'
import { createProcessPlugin, type ProcessPlugin, type ProcessPluginOptions } from '../src/plugin.js'

export const table = openProcessTable()

/** All that a test's command says. More than it seems: tap adds the path of every test file to the environment of `env`. */
const allLines = 10_000

/** What instances show of themselves. */
export interface Shown {
  readonly Endpoints: { Host: string; Port: number; Name: string; Protocol: string }[]
  readonly Pid: number | null
  readonly Log: string
}

export interface Opened extends ProcessPlugin {
  readonly dir: string
  /** `created process-1`, ... in the order they were published. */
  readonly events: string[]
  readonly warnings: string[]
  /** One of them, or nothing. */
  describe(id: string): Promise<InstanceDescription | undefined>
  shown(id: string): Promise<Shown>
  ids(): Promise<string[]>
  /** Makes one and gives its ID. */
  make(Properties: object, more?: object): Promise<string>
  /** Waits until its command runs: its supervisor is there a little earlier. */
  pidOf(id: string): Promise<number>
  /** The lines of its log, once there is such a one. */
  says(id: string, line: string | RegExp): Promise<string[]>
}

/** Kills whatever instances of a folder still run. */
export async function endAllOf(dir: string): Promise<void> {
  let key
  try {
    key = readFileSync(join(dir, '.key'), 'utf8').trim()
  } catch {
    return
  }
  await endAll(table, { name: dir, leader: null, mark: `${key}.` }, { signal: 'SIGKILL', grace: 0 })
}

/** How many processes of a folder's instances there are, supervisors not counted. */
export function countOf(dir: string): number {
  return markedOf(dir).filter(({ Pid }) => !isSupervisor(Pid)).length
}

/** How many there are, with the supervisors, which may not have started a command yet. */
export function countAllOf(dir: string): number {
  return markedOf(dir).length
}

function markedOf(dir: string) {
  const key = readFileSync(join(dir, '.key'), 'utf8').trim()
  return table.marked(`${key}.`)
}

/** A plugin on a folder (a new one unless given), closed when the test is over, with all that it started. */
export async function open(t: Teardown, options: Partial<ProcessPluginOptions> = {}): Promise<Opened> {
  const dir = options.dir ?? join(await temporaryFolder(t), 'processes')
  const events: string[] = []
  const warnings: string[] = []
  const plugin = await createProcessPlugin({
    dir,
    range: { first: 20_000, last: 32_767 },
    log: { warn: (fields, message) => void warnings.push(`${message} ${JSON.stringify(fields)}`) },
    publish: ({ Topic, ID }) => void events.push(`${Topic.replace('instance/', '')} ${ID}`),
    ...options,
  })
  t.teardown(async () => {
    await plugin.stop()
    await endAllOf(dir)
  })
  const list = async () => (await plugin.instance.describeInstances({ Properties: true })).Descriptions
  const describe = async (id: string) => (await list()).find(({ ID }) => ID === id)
  return {
    ...plugin,
    dir,
    events,
    warnings,
    describe,
    shown: async (id) => (await describe(id))?.Properties as Shown,
    ids: async () => (await list()).map(({ ID }) => ID),
    make: async (Properties, more = {}) => (await plugin.instance.provision({ Spec: { Properties, ...more } })).ID,
    pidOf: (id) => waitUntil(`the command of ${id}`, async () => ((await describe(id))?.Properties as Shown).Pid),
    says: (Instance, line) =>
      waitUntil(`${Instance} to say ${line}`, async () => {
        const { Lines } = await plugin.logs.tail({ Instance, Lines: allLines })
        if (Lines.some((one) => (typeof line === 'string' ? one === line : line.test(one)))) return Lines
        throw new Error(`it said ${JSON.stringify(Lines)}`)
      }),
  }
}

/** A command of the shell. */
export const sh = (script: string, ...args: string[]) => ({ Command: ['sh', '-c', script, 'sh', ...args] })

/** Runs until it is ended. */
export const sleeper = { Command: ['sleep', '100000'] }

/** What a call rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<InfrakitError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof InfrakitError) return error
    throw error
  }
  throw new Error('expected a rejection')
}

/** Folders of instances, whole or half made. */
export async function foldersIn(dir: string): Promise<string[]> {
  return (await readdir(dir)).filter((name) => name.includes('process-')).sort()
}
