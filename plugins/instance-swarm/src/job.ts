import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { defaultJobSeconds, jobInInstance, lastOf, tookTooLong, type Unfinished } from '@infrakit/containers'
import {
  createService,
  isOver,
  listConfigs,
  listSecrets,
  listServices,
  listTasks,
  removeService,
  swarmMembership,
  tailTaskLogs,
  type Engine,
  type Service,
  type Task,
} from '@infrakit/docker'
import { InfrakitError, messageOf, type Job, type JobRequest, type JobResult } from '@infrakit/spi'
import type { Definition } from './definition.js'
import type { Instances } from './instances.js'
import { jobLabel } from './labels.js'
import type { Managers } from './managers.js'
import { endOf, pictureOf } from './picture.js'
import { readProperties } from './properties.js'
import { pinned } from './resolve.js'
import { taskTemplate } from './task-template.js'
import type { Watch } from './watch.js'

export interface JobOptions {
  readonly managers: Managers
  readonly owner: string
  readonly instances: Instances
  readonly watch: Watch
  readonly unfinished: Unfinished
  readonly log: { warn(fields: object, message: string): void }
}

const lookMs = 100
/** How long no node may be found for a job before that is an answer. */
const homelessMs = 10_000
/** Lines that are read of what it wrote; what is more than 64 KiB of them is cut. */
const keptLines = 10_000
/** A job that is to go has nothing to save (ns). */
const grace = 1_000_000_000

type Template = Readonly<Record<string, unknown>> & {
  readonly ContainerSpec: object
  readonly Placement?: { readonly Constraints?: readonly string[] }
}

/** What a job takes of properties: nothing that would start it again, and no ports. */
function jobDefinition(template: Template, name: string, owner: string, command: readonly string[], node?: string) {
  const { ContainerSpec, Placement } = template
  const Constraints = [...(Placement?.Constraints ?? []), ...(node ? [`node.id==${node}`] : [])]
  return {
    Name: name,
    Labels: { [jobLabel]: owner },
    TaskTemplate: {
      ...template,
      ContainerSpec: {
        ...ContainerSpec,
        ...(command.length > 0 ? { Args: command } : {}),
        Labels: { [jobLabel]: owner },
        StopGracePeriod: grace,
      },
      Placement: { ...Placement, Constraints },
      RestartPolicy: { Condition: 'none' },
    },
    Mode: { Replicated: { Replicas: 1 } },
    EndpointSpec: { Mode: 'dnsrr' },
  } satisfies Definition
}

/** Runs a command in an instance, or an image of its own, on the node of an instance or on any. */
export function createJob({ managers, owner, instances, watch, unfinished, log }: JobOptions): Job {
  async function taskOf(service: Service): Promise<Task> {
    const look = await watch.look()
    const picture = pictureOf(service, look.of(service.id), look.nodes)
    if (picture.kind === 'running') return picture.task
    throw new InfrakitError('unavailable', `nothing of service ${service.name} runs now: it is ${picture.kind}`)
  }

  /** A swarm runs nothing in its containers: the engine of the node has to be one that the plugin was given. */
  async function engineOf({ nodeID }: Task): Promise<Engine> {
    for (const engine of managers.engines) {
      const membership = await swarmMembership(engine, { timeout: 10_000 }).catch(() => undefined)
      if (membership?.nodeID === nodeID) return engine
    }
    throw new InfrakitError('unavailable', `the engine of node ${nodeID} is none of those that the plugin was given`, {
      hint: 'Give it with --host, if it is a manager; or give Properties, which run in a container of their own there.',
    })
  }

  async function inInstance(service: Service, command: readonly string[], timeout: number): Promise<JobResult> {
    const task = await taskOf(service)
    const engine = await engineOf(task)
    return jobInInstance({ host: { engine }, container: { id: task.containerID } }, command, timeout)
  }

  async function untilOver(id: string, timeout: number): Promise<Task> {
    const began = performance.now()
    for (;;) {
      const [task] = await managers.ask((engine, call) => listTasks(engine, { services: [id] }, call))
      if (task && isOver(task)) return task
      const waited = performance.now() - began
      if (task?.state === 'pending' && task.error !== '' && waited > homelessMs) {
        throw new InfrakitError('unavailable', `there is no node for the job: ${task.error}`)
      }
      if (waited > timeout) throw tookTooLong(timeout, ', and was killed', undefined)
      await sleep(lookMs)
    }
  }

  async function inItsOwn(request: JobRequest, beside: Service | undefined, timeout: number): Promise<JobResult> {
    const properties = await pinned({ managers, log }, readProperties(request.Properties))
    const node = beside && (await taskOf(beside)).nodeID
    const kept = await managers.ask(async (engine, call) => ({
      secrets: await listSecrets(engine, call),
      configs: await listConfigs(engine, call),
    }))
    const template = taskTemplate({ properties, spec: {}, owner, kept }) as Template
    const name = `infrakit-job-${randomBytes(6).toString('hex')}`
    const definition = jobDefinition(template, name, owner, request.Command ?? [], node)
    return unfinished.during(name, async () => {
      const { id } = await managers.ask((engine, call) => createService(engine, { definition }, call))
      try {
        const task = await untilOver(id, timeout)
        if (task.state !== 'complete' && !/^task: non-zero exit/.test(task.error)) {
          throw new InfrakitError('plugin-failed', `the job could not be run: ${endOf(task)}`)
        }
        const lines = await managers.ask((engine) => tailTaskLogs(engine, task, keptLines))
        return { ExitCode: task.exitCode ?? 0, ...lastOf(lines.map((line) => `${line}\n`).join('')) }
      } finally {
        await managers.ask((engine, call) => removeService(engine, id, call))
      }
    })
  }

  return {
    async run(request) {
      const timeout = (request.TimeoutSeconds ?? defaultJobSeconds) * 1000
      const beside = request.Instance ? await instances.find(request.Instance) : undefined
      if (request.Properties != null) return inItsOwn(request, beside, timeout)
      if (beside !== undefined && request.Command?.length) return inInstance(beside, request.Command, timeout)
      throw new InfrakitError('input', 'nothing to run: give Properties with an image, or an Instance and a Command', {
        path: request.Instance ? 'Command' : 'Properties',
      })
    },
  }
}

export interface LeftJobsOptions {
  readonly managers: Managers
  readonly owner: string
  readonly unfinished: Unfinished
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
}

/** Removes the jobs of an earlier life of the plugin, for which nobody waits any more. */
export async function removeLeftJobs({ managers, owner, unfinished, log }: LeftJobsOptions): Promise<void> {
  try {
    const labels = { [jobLabel]: owner }
    const services = await managers.ask((engine, call) => listServices(engine, { labels }, call))
    for (const { id, name } of services) {
      if (unfinished.has(name)) continue
      log.info({ service: name }, 'removes the service of a job that nobody waits for')
      await managers.ask((engine, call) => removeService(engine, id, call))
    }
  } catch (error) {
    log.warn({ error: messageOf(error) }, 'could not look for jobs that were left')
  }
}
