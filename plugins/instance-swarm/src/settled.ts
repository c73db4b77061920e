import { isOver, type Service } from '@infrakit/docker'
import { InfrakitError } from '@infrakit/spi'
import { ingressHint, ingressProblem } from './ingress.js'
import type { Managers } from './managers.js'
import { endOf, isAway, pictureOf } from './picture.js'
import type { Watch } from './watch.js'

/** An image may take its time to be pulled. */
const startMs = 600_000
/** How long no node may be found for a task before that is an answer. */
const homelessMs = 10_000

/** What the swarm did with a task before it ran: the container never started. */
const neverRan = /^(starting|preparing)$/

/**
 * Waits until a service has a task that runs and is none of `before`.
 *
 * @throws InfrakitError why it does not: `unavailable` where no node is found, `plugin-failed` with the engine's reason
 */
export async function untilRunning(
  watch: Watch,
  managers: Managers,
  service: Service,
  before: ReadonlySet<string> = new Set(),
): Promise<void> {
  let homelessSince: number | undefined
  const running = await watch.until((look) => {
    const tasks = look.of(service.id).filter(({ id }) => !before.has(id))
    const picture = pictureOf(service, tasks, look.nodes)
    if (picture.kind === 'running') return true
    const [broken] = tasks.filter((task) => isOver(task) && (neverRan.test(task.message) || task.state === 'rejected'))
    if (broken) throw new InfrakitError('plugin-failed', `service ${service.name} cannot be started: ${endOf(broken)}`)
    if (picture.kind === 'failed') return true
    // It ran, and came to its end: that is for the listing to tell.
    if (tasks.some((task) => isOver(task) && task.message === 'started')) return true
    const homeless = tasks.some(({ state, error }) => state === 'pending' && error !== '')
    homelessSince = homeless ? (homelessSince ?? performance.now()) : undefined
    if (homelessSince === undefined || performance.now() - homelessSince < homelessMs) return undefined
    const error = tasks.find((task) => task.state === 'pending')?.error
    throw new InfrakitError('unavailable', `there is no node for service ${service.name}: ${error}`, {
      hint: 'Look at its constraints, ports and reservations, and at `docker node ls`.',
    })
  }, startMs)
  if (!running) {
    throw new InfrakitError('timeout', `service ${service.name} does not run after ${startMs / 60_000} minutes`, {
      hint: `\`docker service ps ${service.name}\` says what it waits for.`,
    })
  }
  const problem = ingressProblem(service, managers.engines)
  if (problem) throw new InfrakitError('plugin-failed', `service ${service.name}: ${problem}`, { hint: ingressHint })
}

/** Waits until nothing of a service runs on nodes that can be seen, or its time is over. */
export async function untilEnded(watch: Watch, serviceID: string, graceMs: number): Promise<void> {
  await watch.until((look) => {
    const left = look.of(serviceID).filter((task) => !isOver(task) && task.nodeID !== '')
    return left.every(({ nodeID }) => isAway(look.nodes.get(nodeID)) || !look.nodes.has(nodeID)) || undefined
  }, graceMs + 60_000)
}
