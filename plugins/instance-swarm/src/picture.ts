import { isOver, type Service, type SwarmNode, type Task } from '@infrakit/docker'
import { isParked } from './definition.js'

/** What is known of a service's one task, or of what becomes of it. */
export type Picture =
  /** Its node is away: what runs there is not known, and the swarm may be moving it. */
  | { readonly kind: 'unknown'; readonly node: SwarmNode }
  | { readonly kind: 'running'; readonly task: Task; readonly node: SwarmNode | undefined }
  /** There will be one. */
  | { readonly kind: 'starting'; readonly reason: string; readonly task?: Task | undefined }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly reason: string; readonly task: Task }

export type Nodes = ReadonlyMap<string, SwarmNode>

/** Whether nobody can say what runs on a node. */
export function isAway(node: SwarmNode | undefined): node is SwarmNode {
  return node !== undefined && node.state !== 'ready'
}

/** Whether a task is what the swarm wants now, and not of the past. */
function isWanted({ desiredState, state }: Task): boolean {
  return desiredState !== 'shutdown' && desiredState !== 'remove' && desiredState !== 'complete' && !isOver({ state })
}

/** Signals that end processes, by exit code as a shell counts: 128 more. */
const signals: Readonly<Record<number, string>> = { 134: 'SIGABRT', 137: 'SIGKILL', 139: 'SIGSEGV', 143: 'SIGTERM' }

/** How a task ended, in words. */
export function endOf({ state, exitCode, error }: Pick<Task, 'state' | 'exitCode' | 'error'>): string {
  if (state === 'complete') return 'exited with code 0'
  if (/unhealthy/.test(error)) return 'was unhealthy'
  if (/^task: non-zero exit/.test(error) && exitCode !== undefined) {
    return `exited with code ${exitCode}${signals[exitCode] ? ` (${signals[exitCode]})` : ''}`
  }
  if (error !== '') return error
  if (state === 'orphaned') return 'its node was lost'
  return state === 'shutdown' || state === 'running' ? 'was ended by the swarm' : `is ${state}`
}

const newestFirst = (a: Task, b: Task) => (a.createdAt < b.createdAt ? 1 : -1)

function comingReason(coming: Task, before: Task | undefined): string {
  if (coming.error !== '') return `waits for a node: ${coming.error}`
  const stage = coming.state === 'starting' ? 'is starting' : `is being started (${coming.state})`
  return before ? `${endOf(before)}; the swarm starts it again` : stage
}

/**
 * What a service's tasks come to. Pure.
 *
 * @param tasks of this service
 */
export function pictureOf(service: Service, tasks: readonly Task[], nodes: Nodes): Picture {
  if (isParked(service)) return { kind: 'stopped' }
  const all = [...tasks].sort(newestFirst)
  const nodeOf = (task: Task | undefined) => nodes.get(task?.nodeID ?? '')
  const wanted = all.filter(isWanted)
  const running = wanted.filter(({ state }) => state === 'running')
  const task = running.find((one) => !isAway(nodeOf(one)))
  if (task) return { kind: 'running', task, node: nodeOf(task) }
  const [coming] = wanted
  const before = all.find((one) => one.nodeID !== '' && !wanted.includes(one))
  // Where the last one ran nobody knows what is going on, and the next one is not there yet.
  for (const last of [...running, coming, before]) {
    const node = nodeOf(last)
    if (isAway(node)) return { kind: 'unknown', node }
  }
  if (coming) return { kind: 'starting', reason: comingReason(coming, before), task: coming }
  const [newest] = all
  if (!newest) return { kind: 'starting', reason: 'the swarm has not begun to start it' }
  // A swarm that has seen a task end wants it to be shut down, whether or not it makes another in the same write.
  if (newest.desiredState === 'running' || newest.desiredState === 'ready') {
    return { kind: 'starting', reason: `${endOf(newest)}; the swarm has yet to say what becomes of it` }
  }
  return { kind: 'failed', reason: endOf(newest), task: newest }
}
