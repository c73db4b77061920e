import { inspectContainer, listContainers, removeContainer, type Engine, type ListedContainer } from '@infrakit/docker'
import { kindOf, messageOf } from '@infrakit/spi'
import { isProvisional } from './container-name.js'
import type { Host } from './hosts/host.js'
import type { Instances } from './instances.js'
import { jobLabel } from './job/job.js'
import type { Unfinished } from './unfinished.js'

export interface LeftoversOptions {
  readonly owner: string
  readonly instances: Instances
  readonly unfinished: Unfinished
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
}

/** Whether it was given its name, or has gone, since it was listed. */
async function isNoLonger(engine: Engine, { id, name }: ListedContainer): Promise<boolean> {
  if (!isProvisional(name)) return false
  try {
    return !isProvisional((await inspectContainer(engine, id)).name)
  } catch (error) {
    if (kindOf(error) === 'not-found') return true
    throw error
  }
}

/**
 * Removes from a host what nobody waits for: containers that were being provisioned, and of which nobody was told, and
 * those of jobs, as the plugin was killed or the host went away; instances that were made elsewhere meanwhile. Nothing
 * else has the owner's name. A host that is not there has none yet.
 */
export async function removeLeftovers(
  host: Host,
  { owner, instances, unfinished, log }: LeftoversOptions,
): Promise<void> {
  const { engine } = host
  try {
    const all = await host.containers()
    const jobs = await listContainers(engine, { labels: { [jobLabel]: owner } })
    for (const container of [...all.filter((one) => instances.isLeftOver({ host, container: one })), ...jobs]) {
      const { id, name } = container
      if (unfinished.has(name) || (await isNoLonger(engine, container))) continue
      log.info({ host: host.name, container: id.slice(0, 12), name }, 'removes what was left half done')
      await removeContainer(engine, id)
    }
  } catch (error) {
    log.warn({ host: host.name, error: messageOf(error) }, 'could not look for what was left half done')
  }
}
