import type { InstanceDescription } from '@infrakit/spi'
import { readProperties } from './properties.js'
import type { InstanceRecord } from './record.js'
import type { Answer, Machine } from './watcher.js'

/** What Vagrant says of a machine, in the words of a group; `undefined` when it does not know. */
export function judge(
  record: InstanceRecord,
  answer: Answer | undefined,
): Pick<InstanceDescription, 'State' | 'StateReason'> | undefined {
  if (!answer || 'error' in answer) return undefined
  if (record.Phase === 'destroying') return { State: 'failed', StateReason: 'it was not destroyed to its end' }
  const states = answer.map(({ state }) => state)
  if (states.length === 0 || states.includes('not_created')) {
    return { State: 'failed', StateReason: 'Vagrant says that its machine is not created' }
  }
  if (states.some((state) => unclear.has(state))) return undefined
  if (states.every((state) => state === 'running')) return record.Phase === 'stopped' ? { State: 'stopped' } : {}
  const [other = ''] = states.filter((state) => state !== 'running')
  return { State: 'stopped', StateReason: `Vagrant says: ${other}` }
}

/** What providers say when they cannot tell. */
const unclear = new Set(['unknown', 'inaccessible', 'host_state_unknown'])

/** As `DescribeInstances` shows it. */
export function describe(
  record: InstanceRecord,
  { answer, withProperties }: { readonly answer: readonly Machine[]; readonly withProperties: boolean },
): InstanceDescription {
  const { ID, LogicalID, Tags } = record
  return {
    ID,
    LogicalID,
    Tags,
    ...(withProperties ? { Properties: propertiesOf(record, answer) } : {}),
    ...judge(record, answer),
  }
}

function propertiesOf({ Spec, LogicalID }: InstanceRecord, machines: readonly Machine[]): object {
  const { endpoints } = readProperties(Spec.Properties)
  const address = machines.find((one) => one.address)?.address ?? LogicalID
  return {
    Endpoints: endpoints.flatMap(({ Host, Port, ContainerPort, Protocol }) => {
      const host = Host ?? address
      return host === null
        ? []
        : [{ Host: host, Port, ContainerPort: ContainerPort ?? Port, Protocol: Protocol ?? 'tcp' }]
    }),
    Machines: machines.map(({ name, provider, state }) => ({ Name: name, Provider: provider, State: state })),
  }
}
