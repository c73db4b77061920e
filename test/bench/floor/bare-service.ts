import { setTimeout as sleep } from 'node:timers/promises'
import Dockerode from 'dockerode'
import { stopwatch } from '../stopwatch.js'

/** A service of a swarm and nothing else, whose tasks are of the same kind as our instances. */
export interface BareService {
  /** How long it takes from asking for so many, where there are none, until all run; then there are none again. */
  scale(size: number): Promise<number>
}

interface Listed {
  readonly Status: { readonly State: string }
  readonly DesiredState: string
}

/** Both sides are asked so often. */
const lookMs = 100

/** @param socketPath of a manager; @param image by its ID: a name would be looked for in a registry by each task */
export async function createBareService(socketPath: string, image: string): Promise<BareService> {
  const docker = new Dockerode({ socketPath })
  const definition = (Replicas: number) => ({
    Name: 'floor',
    TaskTemplate: { ContainerSpec: { Image: image, Args: ['httpd', '-f', '-p', '80'], Init: true } },
    Mode: { Replicated: { Replicas } },
    EndpointSpec: { Mode: 'dnsrr', Ports: [{ TargetPort: 80, PublishMode: 'host', Protocol: 'tcp' }] },
  })
  await docker.createService({ _body: definition(0) } as unknown as Dockerode.ServiceSpec)
  const service = docker.getService('floor')

  async function ask(replicas: number): Promise<void> {
    const { Version } = (await service.inspect()) as { Version: { Index: number } }
    await service.update({ _body: definition(replicas), _query: { version: Version.Index } })
  }

  async function until(count: number): Promise<void> {
    for (;;) {
      const tasks = (await docker.listTasks({ filters: { service: ['floor'] } } as object)) as Listed[]
      const running = tasks.filter(({ Status }) => Status.State === 'running')
      if (running.length === count && running.every(({ DesiredState }) => DesiredState === 'running')) return
      await sleep(lookMs)
    }
  }

  async function scale(size: number): Promise<number> {
    const elapsed = stopwatch()
    await ask(size)
    await until(size)
    const took = elapsed()
    await ask(0)
    await until(0)
    return took
  }
  return { scale }
}
