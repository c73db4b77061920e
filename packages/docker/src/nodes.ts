import { InfrakitError, kindOf, type Call } from '@infrakit/spi'
import { expectList, expectObject, fieldsOf, labelsOf, textOf, type Fields } from './answers.js'
import { ask } from './ask.js'
import type { Engine } from './engine.js'
import { labelFilters, type Filter } from './filters.js'
import { inBody, inspect, pathPart, stop } from './stop.js'
import { tolerate } from './tolerate.js'

/** Nodes of a swarm, which only an engine that is one of its managers can be asked about. */

export interface SwarmNode {
  readonly id: string
  /** Counts its changes: one that was made to an older version is refused. */
  readonly version: number
  readonly hostname: string
  /** Of the node in the swarm, which anybody may change. */
  readonly labels: Readonly<Record<string, string>>
  /** That its daemon was started with. */
  readonly engineLabels: Readonly<Record<string, string>>
  readonly role: 'manager' | 'worker'
  readonly availability: 'active' | 'pause' | 'drain'
  /** `ready`, `down`, `disconnected` or `unknown`. */
  readonly state: string
  /** Why, in the swarm's words: `heartbeat failure`; empty when there is nothing to say. */
  readonly message: string
  /** By which it is reached: an address without a port. */
  readonly address: string
  readonly isLeader: boolean
  /** Of a manager: `reachable`, `unreachable` or `unknown`; empty of a worker. */
  readonly reachability: string
  /** When it last changed, its state too; ISO 8601. */
  readonly updatedAt: string
}

/** What of a node can be changed; what is left out stays. */
export interface NodeEdit {
  readonly availability?: SwarmNode['availability']
  readonly role?: SwarmNode['role']
  /** All of them. */
  readonly labels?: Readonly<Record<string, string>>
}

/** Some engines say of a manager that it is everywhere; then other managers know better. */
function addressOf(status: Fields, manager: Fields): string {
  const own = textOf(status['Addr'])
  if (own !== '' && own !== '0.0.0.0') return own
  return textOf(manager['Addr'])
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
}

function readNode(answer: Fields): SwarmNode {
  const [spec, status, manager] = [answer['Spec'], answer['Status'], answer['ManagerStatus']].map(fieldsOf)
  const description = fieldsOf(answer['Description'])
  return {
    id: textOf(answer['ID']),
    version: Number(fieldsOf(answer['Version'])['Index'] ?? 0),
    hostname: textOf(description['Hostname']),
    labels: labelsOf(spec?.['Labels']),
    engineLabels: labelsOf(fieldsOf(description['Engine'])['Labels']),
    role: spec?.['Role'] === 'manager' ? 'manager' : 'worker',
    availability: (textOf(spec?.['Availability']) || 'active') as SwarmNode['availability'],
    state: textOf(status?.['State']) || 'unknown',
    message: textOf(status?.['Message']),
    address: addressOf(status ?? {}, manager ?? {}),
    isLeader: manager?.['Leader'] === true,
    reachability: textOf(manager?.['Reachability']),
    updatedAt: textOf(answer['UpdatedAt']),
  }
}

/** All nodes that have the labels (of the node, not of its engine), those that are down too. */
export async function listNodes(engine: Engine, filter: Filter = {}, call?: Call): Promise<SwarmNode[]> {
  const attempt = 'list the nodes of the swarm'
  return ask(engine, attempt, call, async (abortSignal) => {
    const list = engine.docker.listNodes.bind(engine.docker) as (options: object) => Promise<unknown>
    const answer = await list({ filters: { 'node.label': labelFilters(filter.labels) }, ...stop(abortSignal) })
    return expectList(engine, attempt, answer, ['ID']).map(readNode)
  })
}

/** By id or host name; `self` is the engine's own. `not-found`. */
export async function inspectNode(engine: Engine, id: string, call?: Call): Promise<SwarmNode> {
  const attempt = `inspect node ${id}`
  return ask(engine, attempt, call, async (abortSignal) => {
    const answer: unknown = await inspect(engine.docker.getNode(pathPart(id)), abortSignal)
    return readNode(expectObject(engine, attempt, answer, ['ID']))
  })
}

/** How often a change is made again since somebody else's came first. */
const timesOutpaced = 5

/**
 * Changes a node. Somebody else's change at the same time is kept, too. `not-found`; `input` where the swarm would lose its
 * quorum.
 */
export async function updateNode(engine: Engine, id: string, edit: NodeEdit, call?: Call): Promise<void> {
  for (let tries = 1; ; tries++) {
    const node = await inspectNode(engine, id, call)
    const definition = {
      Availability: edit.availability ?? node.availability,
      Role: edit.role ?? node.role,
      Labels: edit.labels ?? node.labels,
    }
    try {
      await ask(engine, `update node ${id}`, call, (abortSignal) => {
        const found = engine.docker.getNode(node.id)
        const update = found.update.bind(found) as (options: object) => Promise<unknown>
        return update(inBody<object>(definition, abortSignal, { version: node.version }))
      })
      return
    } catch (error) {
      if (!isOutpaced(error) || tries >= timesOutpaced) throw error
    }
  }
}

/** Whether a change was refused since somebody else's came first: look again, and decide again. */
export function isOutpaced(error: unknown): boolean {
  return kindOf(error) === 'conflict' && error instanceof InfrakitError && /update out of sequence/.test(error.message)
}

/**
 * Takes a node out of the swarm; one that is gone is fine.
 *
 * @param force also one that is not down, or that is a manager
 */
export async function removeNode(engine: Engine, id: string, force: boolean, call?: Call): Promise<void> {
  await ask(engine, `remove node ${id}`, call, (abortSignal) =>
    tolerate(404, engine.docker.getNode(pathPart(id)).remove({ force, ...stop(abortSignal) })),
  )
}
