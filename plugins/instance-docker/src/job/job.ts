import { randomBytes } from 'node:crypto'
import {
  createContainer,
  pullImage,
  removeContainer,
  startContainer,
  tailLogs,
  waitForContainer,
} from '@infrakit/docker'
import { InfrakitError, kindOf, type Job, type JobRequest, type JobResult } from '@infrakit/spi'
import { createBody } from '../create-body.js'
import type { Placed } from '../hosts/hosts.js'
import type { Placer } from '../hosts/placer.js'
import type { Instances } from '../instances.js'
import { readProperties } from '../properties.js'
import type { Unfinished } from './unfinished.js'
import { execJob } from './exec-job.js'
import { jobSettings } from './job-settings.js'
import { tookTooLong } from './took-too-long.js'

/** Whose a job's container is: by it they are found and removed when the plugin was killed while one ran. */
export const jobLabel = 'infrakit.instance-docker.job'

const defaultSeconds = 600
const keptBytes = 64 * 1024
/** Lines that are read of a job's container; what is more than `keptBytes` of them is cut. */
const keptLines = 10_000

/** The end of an output, at most 64 KiB of it. */
function lastOf(output: string, cut = false): Pick<JobResult, 'Output' | 'Truncated'> {
  const bytes = Buffer.from(output)
  if (bytes.length <= keptBytes) return { Output: output, Truncated: cut }
  // Half a character at the beginning is left out.
  return {
    Output: bytes
      .subarray(-keptBytes)
      .toString('utf8')
      .replace(/^\uFFFD+/, ''),
    Truncated: true,
  }
}

export interface JobOptions {
  readonly owner: string
  readonly instances: Instances
  readonly placer: Placer
  readonly unfinished: Unfinished
}

/** Runs a command in an instance, or an image of its own beside it. */
export function createJob({ owner, instances, placer, unfinished }: JobOptions): Job {
  async function inInstance(placed: Placed, command: readonly string[], timeout: number): Promise<JobResult> {
    const { exitCode, stdout, stderr, cut } = await execJob(placed, command, timeout)
    return { ExitCode: exitCode, ...lastOf(`${stdout}${stderr}`, cut) }
  }

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
      Labels: { [jobLabel]: owner },
    }
    const name = `infrakit-job-${randomBytes(6).toString('hex')}`
    return unfinished.during(name, async () => {
      const { id } = await createContainer(engine, { name, definition, platform })
      try {
        await startContainer(engine, id)
        const ExitCode = await waitForContainer(engine, id, { timeout }).catch((error: unknown) => {
          throw kindOf(error) === 'timeout' ? tookTooLong(timeout, ', and was killed', error) : error
        })
        return { ExitCode, ...lastOf((await tailLogs(engine, id, keptLines)).map((line) => `${line}\n`).join('')) }
      } finally {
        await removeContainer(engine, id)
      }
    })
  }

  return {
    async run(request) {
      const timeout = (request.TimeoutSeconds ?? defaultSeconds) * 1000
      const beside = request.Instance ? await instances.find(request.Instance) : undefined
      if (request.Properties != null) return inItsOwn(request, beside, timeout)
      if (beside !== undefined && request.Command?.length) return inInstance(beside, request.Command, timeout)
      throw new InfrakitError('input', 'nothing to run: give Properties with an image, or an Instance and a Command', {
        path: request.Instance ? 'Command' : 'Properties',
      })
    },
  }
}
