import {
  inspectContainer,
  listContainers,
  removeContainer,
  startContainer,
  stopContainer,
  tailLogs,
} from '@infrakit/docker'
import type { Engine } from '@infrakit/docker'
import { kindOf, messageOf, type Instance, type Job, type Lifecycle, type Logs, type Resolve } from '@infrakit/spi'
import { isProvisional } from './container-name.js'
import { publishHints, type HintsOptions } from './hints.js'
import type { HostPorts } from './host-ports.js'
import { Instances } from './instances.js'
import { createJob, jobLabel } from './job.js'
import { instanceID } from './listed.js'
import type { Overlay } from './overlay.js'
import { readProperties } from './properties.js'
import { Provisioner } from './provisioner.js'
import { createResolve } from './resolve.js'

export interface DockerPlugin {
  readonly instance: Instance
  readonly lifecycle: Lifecycle
  readonly logs: Logs
  readonly job: Job
  readonly resolve: Resolve
}

export interface DockerPluginOptions extends HintsOptions {
  readonly engine: Engine
  /** Whose containers are its instances; another plugin on the same engine needs another name. */
  readonly owner: string
  readonly overlay: Overlay
  readonly ports: HostPorts
  readonly endpointHost: string
}

const defaultLines = 100
/** How long the engine waits when neither properties nor image say (s). */
const defaultGraceSeconds = 10

/** Instances that are containers of one engine. */
export function createDockerPlugin(options: DockerPluginOptions): DockerPlugin {
  const { engine, owner, overlay, ports } = options
  const instances = new Instances(options)
  const provisioner = new Provisioner({ engine, owner, instances, ports })
  publishHints(options)

  async function stop(id: string): Promise<void> {
    const { graceSeconds = defaultGraceSeconds } = await inspectContainer(engine, id)
    await stopContainer(engine, id, graceSeconds)
  }

  const instance: Instance = {
    async validate({ Properties }) {
      readProperties(Properties)
    },
    provision: async ({ Spec }) => ({ ID: await provisioner.provision(Spec) }),
    async label({ Instance: id, Labels }) {
      await instances.find(id)
      await overlay.label(id, Labels ?? {})
    },
    async destroy({ Instance: id }) {
      const container = await instances.find(id)
      try {
        await stop(container.id)
      } catch (error) {
        // Gone meanwhile, or it cannot be told to end: removing it kills it.
        if (kindOf(error) === 'unavailable') throw error
      }
      // On a full disk it goes nevertheless; the worst that is left of it is its note.
      await overlay.destroy(id).catch(() => undefined)
      await removeContainer(engine, container.id)
      instances.forget(container.id)
      await overlay.forget(id)
    },
    describeInstances: async ({ Tags, Properties }) => ({
      Descriptions: await instances.describe(Tags, Properties === true),
    }),
  }

  const lifecycle: Lifecycle = {
    async stop({ Instance: id }) {
      const container = await instances.find(id)
      // Noted first: nobody is to see it ended and not stopped.
      await overlay.park(id, true)
      await stop(container.id)
    },
    async start({ Instance: id }) {
      const container = await instances.find(id)
      await overlay.start(id)
      await startContainer(engine, container.id)
      await overlay.park(id, false)
    },
  }

  const logs: Logs = {
    async tail({ Instance: id, Lines }) {
      return { Lines: await tailLogs(engine, (await instances.find(id)).id, Lines ?? defaultLines) }
    },
  }

  return { instance, lifecycle, logs, job: createJob({ engine, owner, instances }), resolve: createResolve(engine) }
}

/**
 * Removes what an earlier life of the plugin was killed over: containers that were being provisioned, of which nobody was
 * told, and those of jobs; and notes how what it was starting or destroying ended. Nothing else has the owner's name. An engine that is not there has none yet.
 */
export async function removeLeftovers({ engine, owner, log, ...options }: DockerPluginOptions): Promise<void> {
  try {
    const all = await new Instances({ engine, owner, ...options }).containers()
    for (const one of all.filter((one) => options.overlay.starting(instanceID(one)))) {
      await options.overlay.park(instanceID(one), one.state !== 'running')
    }
    const there = new Set(all.map(instanceID))
    for (const id of options.overlay.destroying()) if (!there.has(id)) await options.overlay.forget(id)
    const jobs = await listContainers(engine, { labels: { [jobLabel]: owner } })
    for (const { id, name } of [...all.filter((one) => isProvisional(one.name)), ...jobs]) {
      log.info({ container: id.slice(0, 12), name }, 'removes what was left half done')
      await removeContainer(engine, id)
    }
  } catch (error) {
    log.warn({ error: messageOf(error) }, 'could not look for what was left half done')
  }
}
