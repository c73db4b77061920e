import {
  inspectContainer,
  removeContainer,
  startContainer,
  stopContainer,
  tailLogs,
  type Engine,
} from '@infrakit/docker'
import { kindOf, type Instance, type Lifecycle, type Logs } from '@infrakit/spi'
import { createTurns } from '@infrakit/store'
import type { Choices } from './choices.js'
import { hintOfBirth, hintOfReturn, publishHints, type HintsOptions } from './hints.js'
import type { Host } from './host.js'
import { Hosts } from './hosts.js'
import { Instances, type InstancesOptions } from './instances.js'
import type { Intents } from './intents.js'
import type { Overlay } from './overlay.js'
import { recover } from './recovery.js'
import { Unfinished } from './unfinished.js'

export interface ContainerPluginOptions extends HintsOptions, Pick<InstancesOptions, 'details'> {
  readonly hosts: readonly Host[]
  readonly overlay: Overlay
  /** Where there may be several hosts. */
  readonly choices?: Choices
  readonly intents: Intents
}

/** What a plugin does with containers, however they are made. */
export interface ContainerPlugin {
  readonly hosts: Hosts
  readonly instances: Instances
  /** Where its jobs are noted. */
  readonly unfinished: Unfinished
  readonly instance: Pick<Instance, 'label' | 'destroy' | 'describeInstances'>
  readonly lifecycle: Lifecycle
  readonly logs: Logs
  /** Tells that there is another instance. */
  born(id: string): void
  /** Sets right what an earlier life left half done, and begins to tell what happens; before anybody is answered. */
  begin(): Promise<void>
}

const defaultLines = 100
/** How long the engine waits when neither properties nor image say (s). */
const defaultGraceSeconds = 10

async function stop(engine: Engine, id: string): Promise<void> {
  const { graceSeconds = defaultGraceSeconds } = await inspectContainer(engine, id)
  await stopContainer(engine, id, graceSeconds)
}

/** Looks after containers of one engine or of several. */
export function createContainerPlugin(options: ContainerPluginOptions): ContainerPlugin {
  const { overlay, log, publish, signal } = options
  const unfinished = new Unfinished()
  const inTurn = createTurns()
  const hosts = new Hosts(options.hosts, (host) => void returned(host), signal)
  const instances = new Instances({ ...options, hosts })
  const setRight = (some: readonly Host[]) => recover(some, { ...options, instances, unfinished })

  async function returned(host: Host): Promise<void> {
    log.info({ host: host.name }, 'can be reached again')
    await setRight([host])
    publish(hintOfReturn(host))
  }

  const instance: ContainerPlugin['instance'] = {
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

  return {
    hosts,
    instances,
    unfinished,
    instance,
    lifecycle,
    logs,
    born: (id) => publish(hintOfBirth(id)),
    async begin() {
      await setRight(options.hosts)
      options.hosts.forEach((host) => publishHints(host, options))
    },
  }
}
