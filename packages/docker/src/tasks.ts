import type { Call } from '@infrakit/spi'
import { expectList, expectObject, fieldsOf, textOf, textsOf, type Fields } from './answers.js'
import { ask } from './ask.js'
import type { Engine } from './engine.js'
import { labelFilters, type Filter } from './filters.js'
import { createDemux, linesOf } from './output.js'
import { readPorts, type ServicePort } from './services.js'
import { inspect, pathPart, stop } from './stop.js'

/** Tasks of a swarm: what becomes of its services. Only an engine that is one of its managers can be asked about them. */

export interface Task {
  readonly id: string
  readonly serviceID: string
  /** Empty while it has none yet. */
  readonly nodeID: string
  /** `new`, `pending`, `preparing`, `running`, `complete`, `failed`, `rejected`, `orphaned`, ... */
  readonly state: string
  /** What it is to be: `running`, or `shutdown` and `remove` for what is over. */
  readonly desiredState: string
  /** What the swarm says of its state: `started`. */
  readonly message: string
  /** Why it is not running; empty when it is. */
  readonly error: string
  readonly containerID: string
  readonly exitCode: number | undefined
  /** Ports of its node. */
  readonly ports: readonly ServicePort[]
  /** Its addresses in networks, without their length; in the ingress network too. */
  readonly addresses: readonly { readonly network: string; readonly address: string }[]
  /** Whether its output is that of a terminal, which does not tell standard output and error apart. */
  readonly terminal: boolean
  readonly createdAt: string
  /** When it came into its state; ISO 8601. */
  readonly since: string
}

const over: ReadonlySet<string> = new Set(['complete', 'failed', 'shutdown', 'rejected', 'orphaned', 'remove'])

/** Whether nothing of a task runs any more. */
export function isOver({ state }: Pick<Task, 'state'>): boolean {
  return over.has(state)
}

function addressesOf(value: unknown): Task['addresses'] {
  return (Array.isArray(value) ? value : []).map(fieldsOf).flatMap(({ Network, Addresses }) => {
    const network = textOf(fieldsOf(fieldsOf(Network)['Spec'])['Name'])
    return textsOf(Addresses).map((one) => ({ network, address: one.replace(/\/\d+$/, '') }))
  })
}

function readTask(answer: Fields): Task {
  const status = fieldsOf(answer['Status'])
  const container = fieldsOf(status['ContainerStatus'])
  const code = container['ExitCode']
  return {
    id: textOf(answer['ID']),
    serviceID: textOf(answer['ServiceID']),
    nodeID: textOf(answer['NodeID']),
    state: textOf(status['State']),
    desiredState: textOf(answer['DesiredState']),
    message: textOf(status['Message']),
    error: textOf(status['Err']),
    containerID: textOf(container['ContainerID']),
    exitCode: typeof code === 'number' ? code : undefined,
    ports: readPorts(fieldsOf(status['PortStatus'])['Ports']),
    addresses: addressesOf(answer['NetworksAttachments']),
    terminal: fieldsOf(fieldsOf(answer['Spec'])['ContainerSpec'])['TTY'] === true,
    createdAt: textOf(answer['CreatedAt']),
    since: textOf(status['Timestamp']),
  }
}

export interface TaskFilter extends Filter {
  /** Of services, by id or name. */
  readonly services?: readonly string[]
}

/** All tasks whose services have the labels, those of the past too that the swarm remembers. */
export async function listTasks(engine: Engine, filter: TaskFilter = {}, call?: Call): Promise<Task[]> {
  const attempt = 'list tasks'
  return ask(engine, attempt, call, async (abortSignal) => {
    const filters = { label: labelFilters(filter.labels), ...(filter.services && { service: [...filter.services] }) }
    const answer: unknown = await engine.docker.listTasks({ filters, ...stop(abortSignal) })
    return expectList(engine, attempt, answer, ['ID']).map(readTask)
  })
}

/** `not-found`. */
export async function inspectTask(engine: Engine, id: string, call?: Call): Promise<Task> {
  const attempt = `inspect task ${id}`
  return ask(engine, attempt, call, async (abortSignal) => {
    const answer: unknown = await inspect(engine.docker.getTask(pathPart(id)), abortSignal)
    return readTask(expectObject(engine, attempt, answer, ['ID']))
  })
}

interface Logged {
  logs(options: object): Promise<unknown>
}

/**
 * The last lines that a task wrote, on whichever node it is, standard output and error mixed as they came. A node that does
 * not answer is not waited for: what it has is left out.
 *
 * @throws InfrakitError `not-found`
 */
export async function tailTaskLogs(
  engine: Engine,
  { id, terminal }: Pick<Task, 'id' | 'terminal'>,
  lines: number,
  call?: Call,
): Promise<string[]> {
  return ask(engine, `read the logs of task ${id}`, call, async (abortSignal) => {
    const task = engine.docker.getTask(pathPart(id)) as unknown as Logged
    const answer = await task.logs({ stdout: true, stderr: true, tail: lines, follow: false, ...stop(abortSignal) })
    const body = Buffer.isBuffer(answer) ? answer : Buffer.alloc(0)
    if (terminal) return linesOf(body.toString('utf8')).slice(-lines)
    const pieces: Buffer[] = []
    createDemux(({ data }) => pieces.push(data))(body)
    return linesOf(Buffer.concat(pieces).toString('utf8')).slice(-lines)
  })
}
