import { setTimeout as sleep } from 'node:timers/promises'
import {
  inspectNode,
  isOver,
  listNodes,
  listTasks,
  removeNode,
  updateNode,
  type Engine,
  type SwarmNode,
} from '@infrakit/docker'
import { InfrakitError, kindOf, messageOf } from '@infrakit/spi'
import type { Manager } from './engines.js'

export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

/** How often (ms) it is looked whether something has come about, and how long a manager may take to become a worker. */
const pollMs = 250
const demotionMs = 60_000

/** A manager that stops being one may have been the leader: the swarm then gives no answer until it has another. */
async function until(what: string, timeoutMs: number, done: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + timeoutMs
  let refusal: InfrakitError | undefined
  const isDone = async () => {
    refusal = undefined
    try {
      return await done()
    } catch (error) {
      if (!(error instanceof InfrakitError) || error.kind !== 'unavailable') throw error
      refusal = error
      return false
    }
  }
  while (!(await isDone())) {
    if (performance.now() > end) {
      if (refusal) throw refusal
      throw new InfrakitError('timeout', `could not drain: ${what} within ${timeoutMs} ms`, {
        hint: 'See `docker node ps` and `docker node ls`. To end the instance all the same set Updating.SkipBeforeInstanceDestroy to drain.',
      })
    }
    await sleep(pollMs)
  }
}

async function find(engine: Engine, id: string): Promise<SwarmNode | undefined> {
  try {
    return await inspectNode(engine, id)
  } catch (error) {
    if (kindOf(error) === 'not-found') return undefined
    throw error
  }
}

function refusedDemotion(node: SwarmNode, error: unknown): InfrakitError {
  return new InfrakitError('unavailable', `cannot take manager ${node.hostname} out: ${messageOf(error)}`, {
    hint: 'Without it too few managers would be there: bring the others back first.',
    cause: error,
  })
}

/**
 * Makes a manager a worker, so that it counts for the quorum no more. Answers whether it was one that the swarm can do without:
 * the last manager ends with its swarm.
 */
async function demote(engine: Engine, node: SwarmNode): Promise<boolean> {
  const managers = (await listNodes(engine)).filter(({ role }) => role === 'manager')
  if (!managers.some(({ id }) => id !== node.id)) return false
  try {
    await updateNode(engine, node.id, { role: 'worker', availability: 'drain' })
  } catch (error) {
    throw kindOf(error) === 'input' ? refusedDemotion(node, error) : error
  }
  return true
}

/** Waits until no task is left on a node, or the node itself is gone. */
async function emptied(engine: Engine, id: string): Promise<boolean> {
  const node = await find(engine, id)
  if (!node || node.state === 'down') return true
  const tasks = await listTasks(engine)
  return !tasks.some((task) => task.nodeID === id && !isOver(task))
}

/** By whom a node is taken out: rather by another manager than by itself, for then it can be removed as well. */
function asking(managers: readonly Manager[], node: SwarmNode): Manager | undefined {
  return managers.find(({ membership }) => membership.nodeID !== node.id) ?? managers[0]
}

export interface DrainOptions {
  /** How long tasks may take to end. */
  readonly timeoutMs: number
  /** Runs what changes managers one after the other. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>
  readonly log: Log
}

/**
 * Has the tasks of a node go elsewhere, waits for that, and takes it out of the swarm. A manager stops being one first. Doing it
 * again, also half done, is fine. Answers whether the swarm ends with it. Throws `unavailable` or `timeout`.
 */
export async function drainNode(
  managers: readonly Manager[],
  node: SwarmNode,
  { timeoutMs, inTurn, log }: DrainOptions,
): Promise<'taken-out' | 'swarm-ends'> {
  const manager = asking(managers, node)
  if (!manager) throw new InfrakitError('internal', 'a node was found, so there is a manager')
  const { engine, membership } = manager
  if (node.role === 'manager') {
    // One after the other: whether the others suffice is asked each time.
    const demoted = await inTurn(() => demote(engine, node))
    if (!demoted) {
      log.info({ node: node.id }, 'the last manager is not taken out: its swarm ends with it')
      return 'swarm-ends'
    }
    if (membership.nodeID === node.id) {
      log.warn({ node: node.id }, 'demoted itself, and stays in the list: no other manager is in Docker.Hosts')
      return 'taken-out'
    }
    const done = async () => ((await find(engine, node.id))?.reachability ?? '') === ''
    await until(`manager ${node.hostname} is still one`, demotionMs, done)
  } else if (node.availability !== 'drain') {
    await updateNode(engine, node.id, { availability: 'drain' })
  }
  await until(`tasks on ${node.hostname} do not end`, timeoutMs, () => emptied(engine, node.id))
  await removeNode(engine, node.id, true)
  return 'taken-out'
}
