import { randomBytes } from 'node:crypto'
import {
  createContainer,
  execInContainer,
  pullImage,
  removeContainer,
  startContainer,
  tailLogs,
  waitForContainer,
  type Engine,
} from '@infrakit/docker'
import { InfrakitError, type Job, type JobRequest, type JobResult } from '@infrakit/spi'
import { createBody } from './create-body.js'
import type { Instances } from './instances.js'
import { readProperties } from './properties.js'

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
  readonly engine: Engine
  readonly owner: string
  readonly instances: Instances
}

/** Runs a command in an instance, or an image of its own beside it. */
export function createJob({ engine, owner, instances }: JobOptions): Job {
  async function inInstance(id: string, command: readonly string[], timeout: number): Promise<JobResult> {
    const { exitCode, stdout, stderr, cut } = await execInContainer(engine, id, { command }, { timeout })
    return { ExitCode: exitCode, ...lastOf(`${stdout}${stderr}`, cut) }
  }

  async function inItsOwn(request: JobRequest, beside: string | undefined, timeout: number): Promise<JobResult> {
    const { image, resolvedImage, settings } = readProperties(request.Properties)
    const wanted = resolvedImage ?? image
    await pullImage(engine, wanted, { policy: settings.pull })
    const body = createBody({
      settings: { ...settings, ports: [] },
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
      // The same network as the instance has: what listens there on localhost is reached.
      ...(beside === undefined
        ? {}
        : { HostConfig: { ...(body['HostConfig'] as object), NetworkMode: `container:${beside}` } }),
    }
    const name = `infrakit-job-${randomBytes(6).toString('hex')}`
    const { id } = await createContainer(engine, { name, definition })
    try {
      await startContainer(engine, id)
      const ExitCode = await waitForContainer(engine, id, { timeout })
      return { ExitCode, ...lastOf((await tailLogs(engine, id, keptLines)).map((line) => `${line}\n`).join('')) }
    } finally {
      await removeContainer(engine, id)
    }
  }

  return {
    async run(request) {
      const timeout = (request.TimeoutSeconds ?? defaultSeconds) * 1000
      const beside = request.Instance ? (await instances.find(request.Instance)).id : undefined
      if (request.Properties != null) return inItsOwn(request, beside, timeout)
      if (beside !== undefined && request.Command?.length) return inInstance(beside, request.Command, timeout)
      throw new InfrakitError('input', 'nothing to run: give Properties with an image, or an Instance and a Command', {
        path: request.Instance ? 'Command' : 'Properties',
      })
    },
  }
}
