import { defaultJobSeconds, jobInContainer, jobInInstance, type Placed, type Unfinished } from '@infrakit/containers'
import { inspectContainer, startContainer } from '@infrakit/docker'
import { InfrakitError, type Job, type JobRequest, type JobResult } from '@infrakit/spi'
import { labels } from './labels.js'
import { generateJob } from './model/generate-job.js'
import { isFilledAtStart } from './model/generate.js'
import type { Provisioner, ProvisionerOptions } from './provisioner.js'
import { readProperties } from './properties.js'

export interface JobOptions extends Pick<
  ProvisionerOptions,
  'host' | 'owner' | 'compose' | 'renderer' | 'projects' | 'instances'
> {
  readonly provisioner: Provisioner
  readonly unfinished: Unfinished
}

/** Runs a command in an instance, or a service of the project once, as `docker compose run --rm` does. */
export function createJob(options: JobOptions): Job {
  const { host, owner, compose, renderer, projects, instances, provisioner, unfinished } = options
  const { engine } = host

  async function runService(request: JobRequest, beside: Placed | undefined, timeout: number): Promise<JobResult> {
    const properties = readProperties(request.Properties)
    const { source } = properties
    const rendered = properties.rendered ?? (await renderer.render(properties))
    await provisioner.prepare({ properties, rendered })
    const jobLabels = { [labels.job]: owner }
    const command = request.Command?.length ? request.Command : undefined
    const modelOf = (name: string) =>
      generateJob({ rendered, name, labels: jobLabels, command, beside: beside?.container.id })
    return jobInContainer(
      engine,
      unfinished,
      timeout,
      async (name) => {
        await projects.withNetworks(rendered, () => compose.create(source, rendered.project, name, modelOf(name)))
        return inspectContainer(engine, name)
      },
      (id, name) =>
        isFilledAtStart(rendered)
          ? compose.start(source, rendered.project, name, modelOf(name))
          : startContainer(engine, id),
    )
  }

  return {
    async run(request) {
      const timeout = (request.TimeoutSeconds ?? defaultJobSeconds) * 1000
      const beside = request.Instance ? await instances.find(request.Instance) : undefined
      if (request.Properties != null) return runService(request, beside, timeout)
      if (beside !== undefined && request.Command?.length) return jobInInstance(beside, request.Command, timeout)
      throw new InfrakitError('input', 'nothing to run: give Properties with a service, or an Instance and a Command', {
        path: request.Instance ? 'Command' : 'Properties',
      })
    },
  }
}
