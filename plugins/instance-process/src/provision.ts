import { appendFile } from 'node:fs/promises'
import { logFile, runOnce, startSupervisor } from '@infrakit/programs'
import { failpoint } from '@infrakit/host'
import { InfrakitError, messageOf, tag, type InstanceSpec } from '@infrakit/spi'
import { StoreError } from '@infrakit/store'
import { refuseNul } from './environment.js'
import { atOnce, markOf, randomRun, type Instances, type World } from './instances.js'
import { prepare, resolved, type Prepared } from './launch.js'
import { refuseAttachments } from './prerequisites.js'
import type { ProcessProperties } from './properties.js'
import type { InstanceRecord } from './record.js'
import { randomId } from './record.js'

/** Milliseconds that the commands of `Init` may take. */
const initTimeout = 600_000
/** So many of their last lines are told when they fail. */
const toldLines = 10

/** Throws `input` for what this plugin can make nothing of, beside the properties. */
export function refuseSpec(spec: InstanceSpec, { initMode }: ProcessProperties): void {
  refuseAttachments(spec.Attachments ?? [])
  refuseNul({ LogicalID: spec.LogicalID, Init: spec.Init, [`Tags.${tag.group}`]: spec.Tags?.[tag.group] })
  if (initMode !== 'error' || !spec.Init) return
  throw new InfrakitError('input', 'Init: there are commands to be run, and InitMode is error', {
    path: 'Init',
    hint: 'Leave Init out, or set InitMode to exec or ignore.',
  })
}

/** Makes an instance and gives its ID: all of it or nothing. */
export async function make(
  world: World,
  instances: Instances,
  spec: InstanceSpec,
  properties: ProcessProperties,
): Promise<string> {
  const ID = randomId()
  const { Properties, Init = null, LogicalID = null, Attachments = null } = spec
  let record: InstanceRecord | undefined
  try {
    record = {
      ID,
      LogicalID,
      Tags: spec.Tags ?? null,
      Spec: { Properties, Init, LogicalID, Attachments },
      Phase: 'provisioning',
      Ports: await world.ports.choose(ID, properties.ports),
      Run: randomRun(),
      Supervisor: null,
      Started: null,
    }
    await instances.write(record)
    failpoint('instance/recorded')
    record = await launch(world, instances, record, properties, async (prepared, mark) => {
      if (Init && properties.initMode === 'exec') await runInit(world, ID, Init, { properties, prepared, mark })
    })
    failpoint('instance/made')
    return ID
  } catch (error) {
    world.ports.release(ID)
    if (record) await undo(world, instances, record)
    throw asFailure(`provision ${ID}`, error)
  }
}

/** Starts what was recorded, and records that it runs. */
export async function launch(
  { records, table }: World,
  instances: Instances,
  record: InstanceRecord,
  properties: ProcessProperties,
  before: (prepared: Prepared, mark: string) => Promise<void>,
): Promise<InstanceRecord> {
  const { ID, Run } = record
  const dir = records.dirOf(ID)
  const mark = markOf(records.key, ID, Run)
  const prepared = await prepare(properties, { dir, mark, record })
  await before(prepared, mark)
  const command = resolved(properties, prepared)
  const ended = () => instances.look(ID)
  failpoint('instance/spawn')
  const Supervisor = await startSupervisor(table, { dir, command, prepared, ended })
  failpoint('instance/spawned')
  const running: InstanceRecord = { ...record, Phase: 'running', Supervisor, Started: new Date().toISOString() }
  try {
    await instances.write(running)
  } catch (error) {
    await instances.end(running, atOnce)
    throw error
  }
  return running
}

async function runInit(
  { table, records }: World,
  id: string,
  script: string,
  { properties, prepared, mark }: { properties: ProcessProperties; prepared: Prepared; mark: string },
): Promise<void> {
  const name = `Init of ${id}`
  const command = [properties.initShell, '-c', script]
  const { exitCode, output } = await runOnce(table, { name, command, ...prepared, mark, timeout: initTimeout })
  failpoint('instance/initialized')
  await appendFile(logFile(records.dirOf(id)), output, { mode: 0o600 })
  if (exitCode === 0) return
  const lines = output.trimEnd().split('\n').slice(-toldLines)
  throw new InfrakitError('plugin-failed', `the commands of Init ended with code ${exitCode}: ${lines.join('\n')}`, {
    hint: 'Correct the commands, or set InitMode to ignore.',
  })
}

async function undo({ log }: World, instances: Instances, record: InstanceRecord): Promise<void> {
  try {
    await instances.end(record, atOnce)
    await instances.remove(record.ID)
  } catch (error) {
    // What is left has a record that says so: the next start ends it.
    log.warn({ instance: record.ID, error: messageOf(error) }, 'could not undo a provision')
  }
}

/** What is missing on this machine now may be there later: a group is to try again. */
export function asFailure(attempt: string, error: unknown): InfrakitError {
  const failed = error instanceof InfrakitError ? error : undefined
  if (failed && failed.kind !== 'input') return failed
  const hint = failed?.hint ?? (error instanceof StoreError ? error.hint : undefined)
  return new InfrakitError('plugin-failed', `cannot ${attempt}: ${messageOf(error)}`, {
    hint,
    path: failed?.path,
    cause: error,
  })
}
