import {
  inspectContainer,
  removeContainer,
  startContainer,
  stopContainer,
  tailLogs,
  type Engine,
} from '@infrakit/docker'
import { kindOf, type Instance, type Job, type Lifecycle, type Logs, type Resolve } from '@infrakit/spi'
import { createTurns } from '@infrakit/store'
import { hintOfBirth, hintOfReturn, publishHints, type HintsOptions } from './hints.js'
import type { Choices } from './hosts/choices.js'
import type { Host } from './hosts/host.js'
import { Hosts } from './hosts/hosts.js'
import { Placer } from './hosts/placer.js'
import { Instances } from './instances.js'
import type { Intents } from './intents.js'
import { createJob } from './job/job.js'
import type { Overlay } from './overlay.js'
import { readProperties } from './properties.js'
import { Provisioner } from './provisioner.js'
import { recover } from './recovery.js'
import { createResolve } from './resolve.js'
import { Unfinished } from './job/unfinished.js'

export interface DockerPlugin {
  readonly instance: Instance
  readonly lifecycle: Lifecycle
  readonly logs: Logs
  readonly job: Job
  readonly resolve: Resolve
}

export interface DockerPluginOptions extends HintsOptions {
  readonly hosts: readonly Host[]
  readonly overlay: Overlay
  readonly choices: Choices
  readonly intents: Intents
}

const defaultLines = 100
/** How long the engine waits when neither properties nor image say (s). */
const defaultGraceSeconds = 10

async function stop(engine: Engine, id: string): Promise<void> {
  const { graceSeconds = defaultGraceSeconds } = await inspectContainer(engine, id)
  await stopContainer(engine, id, graceSeconds)
}

/**
 * Instances that are containers of one engine or of several. What an earlier life of the plugin left half done is set right
 * before anybody is answered.
 */
export async function createDockerPlugin(options: DockerPluginOptions): Promise<DockerPlugin> {
  const { owner, overlay, choices, intents, log, publish, signal } = options
  const unfinished = new Unfinished()
  const inTurn = createTurns()
  const hosts = new Hosts(options.hosts, (host) => void returned(host), signal)
  const instances = new Instances({ hosts, overlay, choices, intents, log })
  const placer = new Placer(hosts, instances)
  const provisioner = new Provisioner({ hosts, owner, instances, placer, choices, intents })
  const setRight = (some: readonly Host[]) => recover(some, { ...options, instances, unfinished })

  async function returned(host: Host): Promise<void> {
    log.info({ host: host.name }, 'can be reached again')
    await setRight([host])
    publish(hintOfReturn(host))
  }

  const instance: Instance = {
    async validate({ Properties }) {
      readProperties(Properties)
    },
    async provision({ Spec }) {
      const ID = await provisioner.provision(Spec)
      publish(hintOfBirth(ID))
      return { ID }
    },
    async label({ Instance: id, Labels }) {
      await instances.find(id)
      await overlay.label(id, Labels ?? {})
    },
    destroy: ({ Instance: id }) =>
      inTurn(id, async () => {
        const { host, container } = await instances.find(id)
        try {
          await stop(host.engine, container.id)
        } catch (error) {
          // Gone meanwhile, or it cannot be told to end: removing it kills it.
          if (kindOf(error) === 'unavailable') throw error
        }
        // On a full disk it goes nevertheless; the worst that is left of it is its note.
        await overlay.destroy(id).catch(() => undefined)
        await removeContainer(host.engine, container.id)
        await instances.forget(container)
      }),
    describeInstances: ({ Tags, Properties }) => instances.describe(Tags, Properties === true),
  }

  const lifecycle: Lifecycle = {
    stop: ({ Instance: id }) =>
      inTurn(id, async () => {
        const { host, container } = await instances.find(id)
        // Noted first: nobody is to see it ended and not stopped.
        await overlay.park(id, true)
        await stop(host.engine, container.id)
      }),
    start: ({ Instance: id }) =>
      inTurn(id, async () => {
        const { host, container } = await instances.find(id)
        await overlay.start(id)
        // Not by the event of its start, which may come after somebody has looked.
        host.ends.forget(container.id)
        await startContainer(host.engine, container.id)
        await overlay.park(id, false)
      }),
  }

  const logs: Logs = {
    async tail({ Instance: id, Lines }) {
      const { host, container } = await instances.find(id)
      return { Lines: await tailLogs(host.engine, container.id, Lines ?? defaultLines) }
    },
  }

  const resolve: Resolve = {
    async resolve(request, call) {
      const [host] = hosts.reachable()
      if (!host) throw new Error('a plugin has at least one host')
      return createResolve({ engine: host.engine, log }).resolve(request, call)
    },
  }

  await setRight(options.hosts)
  options.hosts.forEach((host) => publishHints(host, options))
  return { instance, lifecycle, logs, job: createJob({ owner, instances, placer, unfinished }), resolve }
}
