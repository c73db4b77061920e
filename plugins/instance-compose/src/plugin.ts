import { createContainerPlugin, type ContainerPluginOptions, type Host } from '@infrakit/containers'
import type { ListedContainer } from '@infrakit/docker'
import type { Instance, Job, Lifecycle, Logs, Prepare, Resolve } from '@infrakit/spi'
import type { Compose } from './compose/compose.js'
import { createJob } from './job.js'
import { composeLabels, labels, serviceLabel } from './labels.js'
import { Projects } from './projects.js'
import { readProperties } from './properties.js'
import { Provisioner } from './provisioner.js'
import { Renderer, resolvedOf } from './renderer.js'

export interface ComposePlugin {
  readonly instance: Instance
  readonly lifecycle: Lifecycle
  readonly logs: Logs
  readonly job: Job
  readonly resolve: Resolve
  readonly prepare: Prepare
}

export interface ComposePluginOptions extends Omit<ContainerPluginOptions, 'labels' | 'hosts' | 'choices'> {
  readonly host: Host
  readonly compose: Compose
}

/** Where it belongs in the user's eyes, and by which name `docker compose exec` and `logs` know it. */
function details({ labels: all }: ListedContainer): object {
  return {
    Project: all[composeLabels.project],
    Service: all[serviceLabel]?.split('/')[1],
    ComposeService: all[composeLabels.service],
  }
}

/**
 * Instances that are replicas of services of Compose projects, on one engine. What an earlier life of the plugin left half done
 * is set right before anybody is answered.
 */
export async function createComposePlugin(options: ComposePluginOptions): Promise<ComposePlugin> {
  const { host, compose, owner, intents, log } = options
  const containers = createContainerPlugin({ ...options, labels, details, hosts: [host] })
  const { instances, unfinished, lifecycle, logs } = containers
  const renderer = new Renderer({ engine: host.engine, compose, log })
  const projects = new Projects(host.engine)
  const making = { host, owner, compose, renderer, projects, instances, intents, log }
  const provisioner = new Provisioner(making)

  const instance: Instance = {
    ...containers.instance,
    async validate({ Properties }) {
      const { rendered, source, service } = readProperties(Properties)
      // What was resolved is what the files said.
      if (!rendered) await compose.config(source, service)
    },
    async provision({ Spec }) {
      const ID = await provisioner.provision(Spec)
      containers.born(ID)
      return { ID }
    },
  }

  const resolve: Resolve = {
    async resolve({ Properties }, call) {
      return { Resolved: resolvedOf(await renderer.render(readProperties(Properties), call)) }
    },
  }

  const prepare: Prepare = {
    async prepare({ Properties }, call) {
      const properties = readProperties(Properties)
      const rendered = properties.rendered ?? (await renderer.render(properties, call))
      await provisioner.pull(properties, rendered, call)
    },
  }

  await containers.begin()
  const job = createJob({ ...making, provisioner, unfinished })
  return { instance, lifecycle, logs, job, resolve, prepare }
}
