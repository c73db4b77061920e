import {
  defaultJobSeconds,
  jobInContainer,
  jobInInstance,
  type Instances,
  type Placed,
  type Unfinished,
} from '@infrakit/containers'
import { createContainer, pullImage } from '@infrakit/docker'
import { InfrakitError, type Job, type JobRequest, type JobResult } from '@infrakit/spi'
import { createBody, labels } from '../create-body.js'
import type { Placer } from '../hosts/placer.js'
import { readProperties } from '../properties.js'
import { jobSettings } from './job-settings.js'

export interface JobOptions {
  readonly owner: string
  readonly instances: Instances
  readonly placer: Placer
  readonly unfinished: Unfinished
}

/** Runs a command in an instance, or an image of its own beside it. */
export function createJob({ owner, instances, placer, unfinished }: JobOptions): Job {
  async function inItsOwn(request: JobRequest, beside: Placed | undefined, timeout: number): Promise<JobResult> {
    const properties = readProperties(request.Properties)
    const { image, resolvedImage, settings } = properties
    const { engine } = beside?.host ?? (await placer.choose(properties))
    const wanted = resolvedImage ?? image
    const { pull: policy, platform } = settings
    await pullImage(engine, wanted, { policy, platform })
    const body = createBody({
      settings: jobSettings(settings, beside?.container.id),
      image: wanted,
      owner: '',
      tags: {},
      logicalID: undefined,
      attachments: [],
      hostPorts: [],
    })
    const definition = {
      ...body,
      ...(request.Command?.length ? { Cmd: request.Command } : {}),
      Labels: { [labels.job]: owner },
    }
    return jobInContainer(engine, unfinished, timeout, (name) =>
      createContainer(engine, { name, definition, platform }),
    )
  }

  return {
    async run(request) {
      const timeout = (request.TimeoutSeconds ?? defaultJobSeconds) * 1000
      const beside = request.Instance ? await instances.find(request.Instance) : undefined
      if (request.Properties != null) return inItsOwn(request, beside, timeout)
      if (beside !== undefined && request.Command?.length) return jobInInstance(beside, request.Command, timeout)
      throw new InfrakitError('input', 'nothing to run: give Properties with an image, or an Instance and a Command', {
        path: request.Instance ? 'Command' : 'Properties',
      })
    },
  }
}
