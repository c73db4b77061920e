import { listContainers, removeContainer } from '@infrakit/docker'
import { messageOf, tag } from '@infrakit/spi'
import type { Choices } from './choices.js'
import type { Host } from './host.js'
import type { Instances } from './instances.js'
import type { ContainerLabels } from './labels.js'
import { instanceID } from './listed.js'
import type { Overlay } from './overlay.js'
import type { Unfinished } from './unfinished.js'

export interface RecoveryOptions {
  readonly labels: ContainerLabels
  readonly owner: string
  readonly instances: Instances
  readonly overlay: Overlay
  /** Where there may be several hosts. */
  readonly choices?: Choices
  readonly unfinished: Unfinished
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
}

/** Finds out how ended what was noted as under way, and forgets what no container is left of. */
async function settleNotes({ instances, overlay, choices }: RecoveryOptions): Promise<void> {
  const { placed, unreachable } = await instances.all()
  for (const { container } of placed) {
    const id = instanceID(container)
    if (overlay.starting(id)) await overlay.park(id, container.state !== 'running')
  }
  if (unreachable.length > 0) return
  const there = new Set(placed.map(({ container }) => instanceID(container)))
  for (const id of overlay.destroying()) if (!there.has(id)) await overlay.forget(id)
  await choices?.retain(new Set(placed.map(({ container }) => instances.tags(container)[tag.provision] ?? '')))
}

async function removeJobs({ engine, name: host }: Host, options: RecoveryOptions): Promise<void> {
  const { labels, owner, unfinished, log } = options
  for (const { id, name } of await listContainers(engine, { labels: { [labels.job]: owner } })) {
    if (unfinished.has(name)) continue
    log.info({ host, container: id.slice(0, 12), name }, 'removes the container of a job that nobody waits for')
    await removeContainer(engine, id)
  }
}

/**
 * Sets right what an earlier life of the plugin was killed over, or a host that was away kept from being set right. A host
 * that cannot be reached comes later.
 */
export async function recover(hosts: readonly Host[], options: RecoveryOptions): Promise<void> {
  const outcomes = await Promise.allSettled([settleNotes(options), ...hosts.map((host) => removeJobs(host, options))])
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') continue
    options.log.warn({ error: messageOf(outcome.reason) }, 'could not look for what was left half done')
  }
}
