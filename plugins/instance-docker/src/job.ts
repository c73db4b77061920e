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
import { InfrakitError, kindOf, messageOf, type Job, type JobRequest, type JobResult } from '@infrakit/spi'
import { createBody } from './create-body.js'
import type { Instances } from './instances.js'
import { readProperties } from './properties.js'
import type { ContainerSettings } from './settings.js'

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

/** By it the processes of a job that runs in an instance are found. */
const markVariable = 'INFRAKIT_JOB'

/** Kills all that has the mark `$1` in its environment, also what it has started meanwhile. */
const killer = `
for round in 1 2 3 4 5 6 7 8 9; do
  found=
  for file in /proc/[0-9]*/environ; do
    grep -q "$1" "$file" 2>/dev/null || continue
    found=1 pid=\${file#/proc/}
    kill -9 "\${pid%/environ}" 2>/dev/null
  done
  [ -n "$found" ] || exit 0
done
exit 1`

function tookTooLong(ms: number, what: string, cause: unknown): InfrakitError {
  return new InfrakitError('timeout', `the job did not end within ${ms / 1000} s${what}`, { cause })
}

const apart = ['Hostname', 'Domainname', 'MacAddress', 'ExposedPorts']
const apartOnHost = ['PortBindings', 'Dns', 'DnsSearch', 'DnsOptions', 'ExtraHosts', 'Links', 'NetworkMode']

function without(fields: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)))
}

/** What a job takes of an instance's properties: nothing that would start it again, and beside an instance no network of its own. */
export function jobSettings(settings: ContainerSettings, beside: string | undefined): ContainerSettings {
  const hostConfig = without(settings.hostConfig, ['RestartPolicy', 'AutoRemove'])
  if (beside === undefined) return { ...settings, hostConfig, ports: [] }
  return {
    ...settings,
    config: without(settings.config, apart),
    // The same network as the instance has: what listens there on localhost is reached.
    hostConfig: { ...without(hostConfig, apartOnHost), NetworkMode: `container:${beside}` },
    networks: [],
    ports: [],
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
    const mark = `${markVariable}=${randomBytes(12).toString('hex')}`
    const env = Object.fromEntries([mark.split('=') as [string, string]])
    try {
      const { exitCode, stdout, stderr, cut } = await execInContainer(engine, id, { command, env }, { timeout })
      return { ExitCode: exitCode, ...lastOf(`${stdout}${stderr}`, cut) }
    } catch (error) {
      if (kindOf(error) !== 'timeout') throw error
      throw tookTooLong(timeout, await killMarked(id, mark), error)
    }
  }

  /** The engine ends no command that it runs in a container. Answers what became of it, in words. */
  async function killMarked(id: string, mark: string): Promise<string> {
    const why = (reason: string) => `; it may still run there, as it could not be killed: ${reason}`
    try {
      const { exitCode, stderr, stdout } = await execInContainer(engine, id, {
        command: ['/bin/sh', '-c', killer, 'sh', mark],
      })
      return exitCode === 0 ? ', and was killed' : why(`${stdout}${stderr}`.trim() || `exit code ${exitCode}`)
    } catch (error) {
      // With a container that has ended its processes have, too.
      return kindOf(error) === 'conflict' || kindOf(error) === 'not-found' ? ', and is gone' : why(messageOf(error))
    }
  }

  async function inItsOwn(request: JobRequest, beside: string | undefined, timeout: number): Promise<JobResult> {
    const { image, resolvedImage, settings } = readProperties(request.Properties)
    const wanted = resolvedImage ?? image
    const { pull: policy, platform } = settings
    await pullImage(engine, wanted, { policy, platform })
    const body = createBody({
      settings: jobSettings(settings, beside),
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
