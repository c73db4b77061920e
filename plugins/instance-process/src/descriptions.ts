import { type Damaged, logFile, type ProcessTable } from '@infrakit/programs'
import type { InstanceDescription, Opaque } from '@infrakit/spi'
import type { Instanced } from './instances.js'
import type { InstanceRecord } from './record.js'

/** Instances are reached on this machine; whether from elsewhere as well is up to the command. */
const host = '127.0.0.1'

/** An instance as `DescribeInstances` shows it. One whose record makes no sense has no tags and so belongs to no group. */
export function describe(
  table: ProcessTable,
  dir: string,
  one: Instanced | Damaged,
  withProperties: boolean,
): InstanceDescription {
  if ('problem' in one) {
    const StateReason = `its record ${dir}/instance.json makes no sense: ${one.problem}`
    return { ID: one.ID, LogicalID: null, Tags: null, State: 'failed', StateReason }
  }
  const { record } = one
  return {
    ID: record.ID,
    LogicalID: record.LogicalID,
    Tags: record.Tags,
    ...(withProperties ? { Properties: propertiesOf(table, dir, one) } : {}),
    ...stateOf(one),
  }
}

function stateOf({ record, ended }: Instanced): Pick<InstanceDescription, 'State' | 'StateReason'> {
  if (record.Phase === 'stopped' || record.Phase === 'starting') return { State: 'stopped' }
  return ended === undefined ? {} : { State: 'failed', StateReason: ended }
}

function propertiesOf(table: ProcessTable, dir: string, { record, properties, ended }: Instanced): Opaque {
  const runs = record.Phase === 'running' && ended === undefined
  return {
    Endpoints: endpointsOf(record),
    Command: properties.command,
    Pid: runs && record.Supervisor ? (table.children(record.Supervisor.Pid)[0] ?? null) : null,
    Started: record.Started,
    Log: logFile(dir),
  }
}

function endpointsOf({ Ports }: InstanceRecord) {
  return Ports.map(({ Name, Port, Protocol }) => ({ Host: host, Port, Protocol, Name }))
}
