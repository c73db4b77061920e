import { listContainers, type Engine, type ListedContainer } from '@infrakit/docker'
import { messageOf, tag, type InstanceSpec } from '@infrakit/spi'
import { portsLabel } from './create-body.js'
import type { HostPorts } from './host-ports.js'
import type { Instances } from './instances.js'
import { instanceID } from './listed.js'
import { isProvisional } from './container-name.js'
import { readProperties, type DockerProperties } from './properties.js'
import { provision, refuseInit } from './provision.js'

export interface ProvisionerOptions {
  readonly engine: Engine
  readonly owner: string
  readonly instances: Instances
  readonly ports: HostPorts
}

/** How often other ports are tried when somebody else has taken those that were chosen. */
const portTries = 5

const portTaken = /port is already allocated|address already in use/i

/** Makes instances: one for each provision key, whatever happens. */
export class Provisioner {
  readonly #running = new Map<string, Promise<string>>()

  constructor(private readonly options: ProvisionerOptions) {}

  /** Answers the instance's ID; for a repeated key that of the instance which the first call made. */
  async provision(spec: InstanceSpec): Promise<string> {
    const properties = readProperties(spec.Properties)
    refuseInit(properties, spec)
    const key = spec.Tags?.[tag.provision]
    return key ? this.#once(key, properties, spec) : this.#make(properties, spec)
  }

  #once(key: string, properties: DockerProperties, spec: InstanceSpec): Promise<string> {
    const running = this.#running.get(key)
    if (running) return running
    const making = this.#unlessMade(key, properties, spec).finally(() => this.#running.delete(key))
    this.#running.set(key, making)
    return making
  }

  async #unlessMade(key: string, properties: DockerProperties, spec: InstanceSpec): Promise<string> {
    const { instances } = this.options
    const all = await instances.containers()
    const made = all.find((one) => !isProvisional(one.name) && instances.tags(one)[tag.provision] === key)
    return made ? instanceID(made) : this.#make(properties, spec)
  }

  async #make(properties: DockerProperties, spec: InstanceSpec): Promise<string> {
    const { engine, owner, instances } = this.options
    const { making } = instances
    for (let tries = 1; ; tries++) {
      const { hostPorts, release } = await this.#reservePorts(properties)
      try {
        return instanceID({ id: await provision({ engine, owner, properties, spec, hostPorts, making }) })
      } catch (error) {
        const chosen = properties.settings.ports.some(({ host }) => host === undefined)
        if (!chosen || tries >= portTries || !portTaken.test(messageOf(error))) throw error
      } finally {
        release()
      }
    }
  }

  /** Ports for those that the properties leave open. Once the container is there, the engine's list says that they are taken. */
  async #reservePorts({ settings }: DockerProperties) {
    const { engine, ports } = this.options
    const reserved: number[] = []
    const release = () => reserved.forEach((port) => ports.release(port))
    if (settings.ports.every(({ host }) => host !== undefined)) {
      return { hostPorts: settings.ports.map(({ host }) => host ?? 0), release }
    }
    const taken = new Set((await listContainers(engine)).flatMap(hostPortsOf))
    try {
      const hostPorts = settings.ports.map(({ host }) => {
        if (host !== undefined) return host
        const port = ports.reserve(taken)
        reserved.push(port)
        return port
      })
      return { hostPorts, release }
    } catch (error) {
      release()
      throw error
    }
  }
}

/** Those that it has, and those that it will have again when it is started. */
function hostPortsOf({ ports, labels }: ListedContainer): number[] {
  const kept = (labels[portsLabel] ?? '').split(',').filter(Boolean).map(Number)
  return [...kept, ...ports.map(({ hostPort }) => hostPort)]
}
