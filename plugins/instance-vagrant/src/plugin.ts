import { readFile } from 'node:fs/promises'
import { join, resolve as resolvePath } from 'node:path'
import { lastLines, logFile, openProcessTable, openRecords } from '@infrakit/programs'
import { InfrakitError, matchesTags, messageOf, tag } from '@infrakit/spi'
import type { Instance, InstanceSpec, Job, Lifecycle, Logs, Resolve } from '@infrakit/spi'
import { describe, judge } from './describe.js'
import { createJob } from './job.js'
import { openMachines, type Machines, type World } from './machines.js'
import { readProperties, type VagrantProperties } from './properties.js'
import { instanceId, recordKind, type InstanceRecord } from './record.js'
import { vagrantfileFor } from './vagrantfile.js'
import { createWatcher, type Answer, type Watcher } from './watcher.js'

export interface VagrantPlugin {
  readonly instance: Instance
  readonly lifecycle: Lifecycle
  readonly logs: Logs
  readonly job: Job
  readonly resolve: Resolve
  /** Stops looking. The machines stay. */
  stop(): Promise<void>
}

export interface VagrantPluginOptions extends Pick<World, 'program' | 'log' | 'publish'> {
  /** A folder with a folder for each instance; made when missing, and used by one plugin at a time. */
  readonly dir: string
  /** Milliseconds after which it is looked whether machines are as they were; 0 for never. */
  readonly pollInterval: number
}

const defaultLines = 100

/**
 * Instances that are machines of Vagrant. What a killed process of the plugin began is waited for, and finished or undone.
 *
 * Throws `input` when the folder cannot be used, `conflict` when another plugin uses it.
 */
export async function createVagrantPlugin(options: VagrantPluginOptions): Promise<VagrantPlugin> {
  const { dir, program, pollInterval, log, publish } = options
  const records = await openRecords(dir, recordKind)
  const table = openProcessTable()
  const machines = await openMachines({ program, table, records, log, publish })
  const made = () => machines.all().filter((one): one is InstanceRecord => 'Phase' in one)
  const asked = () => made().filter(({ ID }) => !machines.isBusy(ID))
  const watcher = createWatcher(program, join(dir, '.watcher'), () => asked().map(({ ID }) => records.dirOf(ID)))
  const adopting = machines.adopt()
  const polling = pollChanges(pollInterval, { made, watcher, folderOf: records.dirOf, publish })
  const logs: Logs = {
    async tail({ Instance: id, Lines }) {
      machines.find(id, 'read the log of')
      return { Lines: lastLines(logFile(records.dirOf(id)), 0, Lines ?? defaultLines) }
    },
  }
  const resolve: Resolve = {
    async resolve({ Properties }) {
      const { file } = readProperties(Properties)
      return { Resolved: file === undefined ? null : { Vagrantfile: await contentOf(dir, file) } }
    },
  }
  return {
    instance: createInstance(dir, { machines, watcher, folderOf: records.dirOf }),
    lifecycle: createLifecycle(machines),
    logs,
    job: createJob({ program, table, records, machines, watcher }),
    resolve,
    async stop() {
      polling.close()
      watcher.close()
      await adopting
      await records.close()
    },
  }
}

interface Surroundings {
  readonly machines: Machines
  readonly watcher: Watcher
  readonly folderOf: (id: string) => string
}

function createInstance(dir: string, { machines, watcher, folderOf }: Surroundings): Instance {
  async function make(id: string, spec: InstanceSpec, properties: VagrantProperties): Promise<void> {
    const { Properties, Init = null, LogicalID = null } = spec
    const Tags = spec.Tags ?? null
    const record: InstanceRecord = {
      ID: id,
      LogicalID,
      Tags,
      Spec: { Properties, Init, LogicalID },
      Phase: 'provisioning',
      Supervisor: null,
    }
    const machine = { id, logicalId: LogicalID, hasInit: Boolean(Init) }
    const own =
      properties.content ?? (properties.file === undefined ? undefined : await contentOf(dir, properties.file))
    const { provider } = properties
    await machines.write(record)
    try {
      await machines.prepare(id, { 'boot.sh': Init ?? '', Vagrantfile: own ?? vagrantfileFor(properties, machine) })
      await machines.run(record, ['up', ...(provider === undefined ? [] : [`--provider=${provider}`])])
      await machines.write({ ...(machines.known(id) ?? record), Phase: 'running' })
    } catch (error) {
      await machines.remove(id).catch((undoing: unknown) => {
        throw new InfrakitError(
          'plugin-failed',
          `${messageOf(error)}\nand it could not be undone: ${messageOf(undoing)}`,
        )
      })
      throw error
    }
  }

  return {
    async validate({ Properties }) {
      const { file } = readProperties(Properties)
      if (file !== undefined) await contentOf(dir, file)
    },
    async provision({ Spec }) {
      const properties = readProperties(Spec.Properties)
      if (Spec.Attachments?.length) throw attachments()
      const id = instanceId(Spec.Tags?.[tag.provision])
      await machines.inTurn(id, async () => {
        if (!machines.known(id)) await make(id, Spec, properties)
      })
      return { ID: id }
    },
    label: ({ Instance: id, Labels }) =>
      machines.inTurn(id, async () => {
        const record = machines.find(id, 'label')
        if (!matchesTags(record.Tags, Labels)) await machines.write({ ...record, Tags: { ...record.Tags, ...Labels } })
      }),
    destroy: ({ Instance: id }) =>
      machines.inTurn(id, async () => {
        const record = machines.find(id, 'destroy')
        await machines.write({ ...record, Phase: 'destroying' })
        await machines.remove(id)
      }),
    async describeInstances({ Tags, Properties }) {
      const answers = await watcher.look()
      const Descriptions = machines.all().flatMap((one) => {
        if (!('Phase' in one)) return matchesTags(null, Tags) ? [damagedDescription(one)] : []
        if (!matchesTags(one.Tags, Tags)) return []
        const answer = answers.get(folderOf(one.ID))
        if (answer === undefined || 'error' in answer || !judge(one, answer)) return [describeUnclear(one, answer)]
        return [describe(one, { answer, withProperties: Properties === true })]
      })
      return { Descriptions }
    },
  }
}

/** As its record says: it is being made or changed, or Vagrant cannot tell. */
function describeUnclear({ ID, LogicalID, Tags, Phase }: InstanceRecord, answer: Answer | undefined) {
  const why = answer && 'error' in answer ? answer.error : 'its provider does not know'
  const StateReason = `as last known: Vagrant cannot say in which state it is: ${why}`
  return {
    ID,
    LogicalID,
    Tags,
    ...(Phase === 'stopped' ? { State: 'stopped' as const } : {}),
    ...(answer === undefined ? {} : { StateReason }),
  }
}

function damagedDescription({ ID, problem }: { readonly ID: string; readonly problem: string }) {
  const StateReason = `its record makes no sense: ${problem}`
  return { ID, LogicalID: null, Tags: null, State: 'failed' as const, StateReason }
}

function createLifecycle(machines: Machines): Lifecycle {
  return {
    stop: ({ Instance: id }) =>
      machines.inTurn(id, async () => {
        const record = machines.find(id, 'stop')
        await machines.write({ ...record, Phase: 'stopped' })
        await machines.run(record, ['halt'])
      }),
    start: ({ Instance: id }) =>
      machines.inTurn(id, async () => {
        const record = machines.find(id, 'start')
        await machines.run(record, ['up'])
        await machines.write({ ...(machines.known(id) ?? record), Phase: 'running' })
      }),
  }
}

interface Polling extends Omit<Surroundings, 'machines'> {
  readonly made: () => InstanceRecord[]
  readonly publish: World['publish']
}

/** Tells when a machine is in another state than before, as whoever ends one does not tell us. */
function pollChanges(interval: number, { made, watcher, folderOf, publish }: Polling): { close(): void } {
  if (interval <= 0) return { close: () => undefined }
  const before = new Map<string, string>()
  const look = async () => {
    const answers = await watcher.look()
    for (const { ID } of made()) {
      const state = JSON.stringify(answers.get(folderOf(ID)) ?? null)
      const old = before.get(ID)
      before.set(ID, state)
      if (old === undefined || old === state) continue
      publish({ Topic: 'instance/changed', Type: 'instance', ID, Message: `${ID} is in another state` })
    }
  }
  // Whoever asks for the instances is told what is wrong.
  const timer = setInterval(() => void look().catch(() => undefined), interval).unref()
  return { close: () => clearInterval(timer) }
}

async function contentOf(dir: string, file: string): Promise<string> {
  const path = resolvePath(dir, file)
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new InfrakitError('input', `Properties.Vagrantfile: cannot read ${path}: ${messageOf(cause)}`, {
      path: 'Properties.Vagrantfile',
      hint: 'Correct the name, which is looked for in the folder of the plugin.',
      cause,
    })
  })
}

function attachments(): InfrakitError {
  return new InfrakitError('input', 'Attachments: a machine of Vagrant cannot have any', {
    path: 'Attachments',
    hint: 'Use synced folders in a Vagrantfile of your own.',
  })
}
