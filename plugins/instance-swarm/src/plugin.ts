import { hintOfBirth, Unfinished, type HostPorts } from '@infrakit/containers'
import { removeService, tailTaskLogs, type Engine } from '@infrakit/docker'
import { InfrakitError, type Instance, type Job, type Lifecycle, type Logs, type Resolve } from '@infrakit/spi'
import { createTurns } from '@infrakit/store'
import { graceOf, isParked, parked, tagged } from './definition.js'
import { hintOfChange, hintOfEnd, listen, type HintsOptions } from './hints.js'
import { InPlace } from './in-place.js'
import { Instances } from './instances.js'
import { createJob, removeLeftJobs } from './job.js'
import { tagsOf } from './labels.js'
import { Managers } from './managers.js'
import { readProperties } from './properties.js'
import { Provisioner } from './provisioner.js'
import { createResolve } from './resolve.js'
import { untilEnded, untilRunning } from './settled.js'
import { Watch } from './watch.js'

export interface SwarmPlugin {
  readonly instance: Instance
  readonly lifecycle: Lifecycle
  readonly logs: Logs
  readonly job: Job
  readonly resolve: Resolve
}

export interface SwarmPluginOptions extends HintsOptions {
  /** Managers of one swarm. */
  readonly engines: readonly Engine[]
  readonly ports: HostPorts
}

const defaultLines = 100
/** A node that is away is not waited for longer (ms). */
const logsMs = 20_000

/** Instances that are services of a swarm, which keeps all that is known of them. */
export async function createSwarmPlugin(options: SwarmPluginOptions): Promise<SwarmPlugin> {
  const { engines, owner, publish, log, signal } = options
  const managers = new Managers(engines)
  const unfinished = new Unfinished()
  const inTurn = createTurns()
  const watch = new Watch({ managers, owner, signal, onChange: (message) => publish(hintOfChange(message)) })
  const instances = new Instances({ managers, owner, watch })
  const inPlace = new InPlace({ managers, instances, watch, inTurn })
  const provisioner = new Provisioner({ ...options, managers, instances, inPlace, watch })

  const instance: Instance = {
    async validate({ Properties }) {
      readProperties(Properties)
    },
    async provision({ Spec }) {
      const ID = await provisioner.provision(Spec)
      publish(hintOfBirth(ID))
      return { ID }
    },
    label: ({ Instance: id, Labels }) =>
      inTurn(id, async () => {
        const service = await instances.find(id)
        const tags = { ...tagsOf(service), ...Labels }
        await instances.edit(service.id, (definition) => tagged(definition, tags))
      }),
    destroy: ({ Instance: id }) =>
      inPlace.except(id, () =>
        inTurn(id, async () => {
          const service = await instances.find(id)
          await managers.ask((engine, call) => removeService(engine, service.id, call))
          await untilEnded(watch, service.id, graceOf(service.definition))
          publish(hintOfEnd(id))
        }),
      ),
    describeInstances: ({ Tags, Properties }) => instances.describe(Tags, Properties === true),
  }

  const lifecycle: Lifecycle = {
    stop: ({ Instance: id }) =>
      inTurn(id, async () => {
        const service = await instances.find(id)
        await instances.edit(service.id, (definition) => parked(definition, true))
        await untilEnded(watch, service.id, graceOf(service.definition))
      }),
    start: ({ Instance: id }) =>
      inTurn(id, async () => {
        const service = await instances.find(id)
        const definition = parked(service.definition, false)
        const before = new Set((await watch.look()).of(service.id).map((task) => task.id))
        if (!isParked(service)) return
        await instances.edit(service.id, (current) => parked(current, false))
        await untilRunning(watch, managers, { ...service, definition }, before)
      }),
  }

  const logs: Logs = {
    async tail({ Instance: id, Lines }) {
      const service = await instances.find(id)
      const look = await watch.look()
      const tasks = look.of(service.id).filter(({ containerID }) => containerID !== '')
      const [task] = [...tasks].sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))
      if (!task) throw new InfrakitError('unavailable', `nothing of service ${service.name} has run yet`)
      const read = (engine: Engine) => tailTaskLogs(engine, task, Lines ?? defaultLines, { timeout: logsMs })
      return { Lines: await managers.ask(read) }
    },
  }

  await removeLeftJobs({ managers, owner, unfinished, log })
  for (const engine of engines) listen(engine, options, () => watch.nudge())
  void watch.run()
  const job = createJob({ managers, owner, instances, watch, unfinished, log })
  return { instance, lifecycle, logs, job, resolve: createResolve({ managers, log }) }
}
