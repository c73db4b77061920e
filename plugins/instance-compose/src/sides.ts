import { setTimeout as sleep } from 'node:timers/promises'
import { listContainers, type Engine, type ListedContainer } from '@infrakit/docker'
import { failpoint } from '@infrakit/host'
import { InfrakitError } from '@infrakit/spi'
import type { Compose } from './compose/compose.js'
import { composeLabels } from './labels.js'
import type { Side } from './model/sides.js'
import type { Source } from './properties.js'

/** `wait` when it will be ready by itself, `fail` when it will not. */
export type Readiness = 'ready' | 'wait' | 'absent' | { readonly fail: string }

/** Whether a side service is as it has to be, by its containers. Pure. */
export function readinessOf({ condition }: Pick<Side, 'condition'>, containers: readonly ListedContainer[]): Readiness {
  const [one] = containers
  if (!one) return 'absent'
  if (condition === 'service_completed_successfully') {
    const ended = containers.filter(({ state }) => state === 'exited')
    const failed = ended.find(({ status }) => !/^Exited \(0\)/.test(status))
    if (failed) return { fail: `${failed.name} ended badly: ${failed.status}` }
    return ended.length === containers.length ? 'ready' : one.state === 'created' ? 'absent' : 'wait'
  }
  if (containers.some(({ state }) => state === 'created' || state === 'exited' || state === 'dead')) return 'absent'
  const isHealthy = ({ status }: ListedContainer) => !/\((?:health: starting|unhealthy)\)$/.test(status)
  if (condition === 'service_started' || containers.every(isHealthy)) return 'ready'
  const sick = containers.find(({ status }) => status.endsWith('(unhealthy)'))
  return sick ? { fail: `${sick.name} is unhealthy` } : 'wait'
}

/** How often is looked whether they are ready (ms), and for how long. */
const lookMs = 250
const patienceMs = 5 * 60_000

export interface SidesOptions {
  readonly engine: Engine
  readonly compose: Compose
  readonly log: { info(fields: object, message: string): void }
}

async function look({ engine }: SidesOptions, project: string): Promise<(side: Side) => Readiness> {
  const labels = { [composeLabels.project]: project, [composeLabels.oneOff]: 'False' }
  const all = await listContainers(engine, { labels })
  return (side) =>
    readinessOf(
      side,
      all.filter((one) => one.labels[composeLabels.service] === side.service),
    )
}

function refuse(project: string, { service, condition }: Side, reason: string): InfrakitError {
  return new InfrakitError(
    'unavailable',
    `side service ${service} of project ${project} is not ${condition.slice(8)}: ${reason}`,
    {
      hint: `\`docker compose -p ${project} logs ${service}\` says more. It is tried again.`,
    },
  )
}

/**
 * Sees to it that the side services of a project are there and as they have to be. What runs is left alone; what is not
 * there, or was stopped, is brought up by Compose, as the user's files define it now.
 *
 * @throws InfrakitError `unavailable` for one that is not well, and Compose's words for one that cannot be brought up
 */
export async function bringUp(
  options: SidesOptions,
  source: Source,
  project: string,
  sides: readonly Side[],
): Promise<void> {
  if (sides.length === 0) return
  const before = await look(options, project)
  const absent = sides.filter((side) => before(side) === 'absent').map(({ service }) => service)
  if (absent.length > 0) {
    options.log.info({ project, services: absent }, 'brings up side services')
    await options.compose.bringUp(source, project, absent)
    failpoint('sides/up')
  }
  const deadline = performance.now() + patienceMs
  for (;;) {
    const now = await look(options, project)
    const waited = sides.find((side) => now(side) !== 'ready')
    if (!waited) return
    const readiness = now(waited)
    if (typeof readiness === 'object') throw refuse(project, waited, readiness.fail)
    if (readiness === 'absent') throw refuse(project, waited, 'it has ended')
    if (performance.now() > deadline) throw refuse(project, waited, `nothing for ${patienceMs / 1000} s`)
    await sleep(lookMs)
  }
}
