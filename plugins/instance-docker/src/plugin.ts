import { createContainerPlugin, type Choices, type ContainerPluginOptions } from '@infrakit/containers'
import type { Instance, Job, Lifecycle, Logs, Prepare, Resolve } from '@infrakit/spi'
import { labels } from './create-body.js'
import { Placer } from './hosts/placer.js'
import { createJob } from './job/job.js'
import { readProperties } from './properties.js'
import { pull } from './provision.js'
import { Provisioner } from './provisioner.js'
import { createResolve } from './resolve.js'

export interface DockerPlugin {
  readonly instance: Instance
  readonly lifecycle: Lifecycle
  readonly logs: Logs
  readonly job: Job
  readonly resolve: Resolve
  readonly prepare: Prepare
}

export interface DockerPluginOptions extends Omit<ContainerPluginOptions, 'labels'> {
  readonly choices: Choices
}

/**
 * Instances that are containers of one engine or of several. What an earlier life of the plugin left half done is set right
 * before anybody is answered.
 */
export async function createDockerPlugin(options: DockerPluginOptions): Promise<DockerPlugin> {
  const { owner, choices, intents, log } = options
  const containers = createContainerPlugin({ ...options, labels })
  const { hosts, instances, unfinished, lifecycle, logs } = containers
  const placer = new Placer(hosts, instances)
  const provisioner = new Provisioner({ hosts, owner, instances, placer, choices, intents })

  const instance: Instance = {
    ...containers.instance,
    async validate({ Properties }) {
      readProperties(Properties)
    },
    async provision({ Spec }) {
      const ID = await provisioner.provision(Spec)
      containers.born(ID)
      return { ID }
    },
  }

  const resolve: Resolve = {
    async resolve(request, call) {
      const [host] = hosts.reachable()
      if (!host) throw new Error('a plugin has at least one host')
      return createResolve({ engine: host.engine, log }).resolve(request, call)
    },
  }

  const prepare: Prepare = {
    async prepare({ Properties }, call) {
      const properties = readProperties(Properties)
      await Promise.all((await placer.possible(properties)).map(({ engine }) => pull(engine, properties, call)))
    },
  }

  await containers.begin()
  const job = createJob({ owner, instances, placer, unfinished })
  return { instance, lifecycle, logs, job, resolve, prepare }
}
