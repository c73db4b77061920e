import { findProgram, lastLines, logFile, openProcessTable, openRecords } from '@infrakit/programs'
import { failpoint } from '@infrakit/host'
import { InfrakitError, matchesTags, tag, type Instance, type InstanceSpec } from '@infrakit/spi'
import type { Job, Lifecycle, Logs } from '@infrakit/spi'
import { describe } from './descriptions.js'
import {
  atOnce,
  createInstances,
  mannerOf,
  randomRun,
  type Instanced,
  type Instances,
  type World,
} from './instances.js'
import { createJob } from './jobs.js'
import { createPorts, type PortRange } from './ports.js'
import { refuseLimits, refuseMissingFolder } from './prerequisites.js'
import { readProperties, type ProcessProperties } from './properties.js'
import { recordKind, type InstanceRecord } from './record.js'
import { asFailure, launch, make, refuseSpec } from './provision.js'
import { findUser } from './users.js'

export interface ProcessPlugin {
  readonly instance: Instance
  readonly lifecycle: Lifecycle
  readonly logs: Logs
  readonly job: Job
  /** Stops looking after the processes, which stay. */
  stop(): Promise<void>
}

export interface ProcessPluginOptions extends Pick<World, 'log' | 'publish'> {
  /** Where the instances are kept; made when missing, and used by one plugin at a time. */
  readonly dir: string
  /** Ports are chosen from here. */
  readonly range: PortRange
}

const defaultLines = 100

/**
 * Instances that are groups of processes on this machine. What an earlier process of the plugin made is taken over, and
 * what it left half done is undone or finished.
 *
 * Throws `input` when the folder cannot be used, `conflict` when another process uses it, `incompatible` without /proc.
 */
export async function createProcessPlugin({ dir, range, ...outside }: ProcessPluginOptions): Promise<ProcessPlugin> {
  const table = openProcessTable()
  const records = await openRecords(dir, recordKind)
  const world: World = { ...outside, table, records, ports: createPorts(range, Math.random) }
  const instances = createInstances(world)
  try {
    await instances.adopt()
  } catch (error) {
    await instances.close()
    throw error
  }
  const logs: Logs = {
    async tail({ Instance: id, Lines }) {
      const { keep } = sound(instances.find(id), 'read the log of').properties.log
      return { Lines: lastLines(logFile(records.dirOf(id)), keep, Lines ?? defaultLines) }
    },
  }
  return {
    instance: createInstance(world, instances),
    lifecycle: createLifecycle(world, instances),
    logs,
    job: createJob(world, instances),
    stop: () => instances.close(),
  }
}

function createInstance(world: World, instances: Instances): Instance {
  const { table, records } = world
  const provisioning = new Map<string, Promise<string>>()

  async function makeOnce(spec: InstanceSpec, properties: ProcessProperties): Promise<string> {
    const key = spec.Tags?.[tag.provision]
    if (!key) return make(world, instances, spec, properties)
    const running = provisioning.get(key)
    if (running) return running
    const made = instances.provisioned(key)
    if (made !== undefined) return made
    const making = make(world, instances, spec, properties).finally(() => provisioning.delete(key))
    provisioning.set(key, making)
    return making
  }

  return {
    async validate({ Properties }) {
      await refuseAbsent(readProperties(Properties))
    },
    async provision({ Spec }) {
      const properties = readProperties(Spec.Properties)
      refuseSpec(Spec, properties)
      return { ID: await makeOnce(Spec, properties) }
    },
    label: ({ Instance: id, Labels }) =>
      instances.inTurn(id, async () => {
        const { record } = sound(instances.find(id), 'label')
        if (!matchesTags(record.Tags, Labels)) await instances.write({ ...record, Tags: { ...record.Tags, ...Labels } })
      }),
    destroy: ({ Instance: id }) =>
      instances.inTurn(id, async () => {
        const found = instances.find(id)
        if ('problem' in found) await instances.end({ ID: id, Supervisor: null }, atOnce)
        else await endForGood(instances, found)
        failpoint('instance/ended')
        await instances.remove(id)
        failpoint('instance/removed')
      }),
    async describeInstances({ Tags, Properties }) {
      const all = instances.all().filter((one) => matchesTags('record' in one ? one.record.Tags : null, Tags))
      const dirOf = (one: (typeof all)[number]) => records.dirOf('record' in one ? one.record.ID : one.ID)
      return { Descriptions: all.map((one) => describe(table, dirOf(one), one, Properties === true)) }
    },
  }
}

function createLifecycle({ ports, ...world }: World, instances: Instances): Lifecycle {
  async function restart({ record, properties }: Instanced): Promise<void> {
    await instances.end(record, atOnce)
    await ports.refuseTaken(record.Ports)
    await instances.write({ ...record, Phase: 'starting' })
    failpoint('instance/starting')
    const next: InstanceRecord = { ...record, Phase: 'starting', Run: randomRun(), Supervisor: null }
    try {
      await launch({ ports, ...world }, instances, next, properties, async () => undefined)
      failpoint('instance/started')
    } catch (error) {
      await instances.end(next, atOnce)
      await instances.write(record)
      throw error
    }
  }

  return {
    stop: ({ Instance: id }) =>
      instances.inTurn(id, async () => {
        const { record, properties } = sound(instances.find(id), 'stop')
        if (record.Phase !== 'stopped') await instances.write({ ...record, Phase: 'stopped' })
        failpoint('instance/stopping')
        await instances.end(record, mannerOf(properties))
        failpoint('instance/stopped')
      }),
    start: ({ Instance: id }) =>
      instances.inTurn(id, async () => {
        const found = sound(instances.find(id), 'start')
        if (found.record.Phase === 'running' && found.ended === undefined) return
        await restart(found).catch((error: unknown) => {
          throw asFailure(`start ${id}`, error)
        })
      }),
  }
}

async function endForGood(instances: Instances, { record, properties }: Instanced): Promise<void> {
  // A full disk must not keep it: should the plugin die now without this note, the caller asks again.
  await instances.write({ ...record, Phase: 'destroying' }).catch(() => undefined)
  failpoint('instance/destroying')
  await instances.end(record, mannerOf(properties))
}

/** Throws `plugin-failed` for an instance whose record makes no sense. */
function sound(found: ReturnType<Instances['find']>, verb: string): Instanced {
  if ('record' in found) return found
  throw new InfrakitError('plugin-failed', `cannot ${verb} ${found.ID}: its record makes no sense: ${found.problem}`, {
    hint: 'Destroy the instance.',
  })
}

/** Throws `input` for what is not there on this machine. Commands of `Init` may bring the program, if InitMode says exec. */
async function refuseAbsent(properties: ProcessProperties): Promise<void> {
  const { command, environment, workingDirectory, user, limits, initMode, initShell, mayBringProgram } = properties
  if (user !== undefined) await findUser(user)
  if (workingDirectory !== undefined) refuseMissingFolder(workingDirectory, 'Properties.WorkingDirectory')
  await refuseLimits(limits)
  const searchPath = environment['PATH'] ?? process.env['PATH'] ?? ''
  if (initMode === 'exec') findProgram(initShell, searchPath, '/', 'Properties.InitShell')
  const isOwn = command[0].includes('/') && !command[0].startsWith('/') && workingDirectory === undefined
  if (!isOwn && !mayBringProgram) findProgram(command[0], searchPath, workingDirectory ?? '/', 'Properties.Command')
}
