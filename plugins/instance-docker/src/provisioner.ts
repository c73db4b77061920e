import { listContainers, type ListedContainer } from '@infrakit/docker'
import { InfrakitError, messageOf, tag, type InstanceSpec } from '@infrakit/spi'
import { portsLabel } from './create-body.js'
import type { Choices } from './hosts/choices.js'
import type { Host } from './hosts/host.js'
import type { Hosts } from './hosts/hosts.js'
import type { Placer } from './hosts/placer.js'
import type { Instances } from './instances.js'
import type { Intents } from './intents.js'
import { instanceID } from './listed.js'
import { readProperties, type DockerProperties } from './properties.js'
import { provision, refuseInit } from './provision.js'

export interface ProvisionerOptions {
  readonly hosts: Hosts
  readonly owner: string
  readonly instances: Instances
  readonly placer: Placer
  readonly choices: Choices
  readonly intents: Intents
}

/** How often other ports are tried when somebody else has taken those that were chosen. */
const portTries = 5

const portTaken = /port is already allocated|address already in use/i

/** A host on which a key was begun is waited for so long before another one is chosen (ms); as groups wait for theirs. */
const hostTimeoutMs = 60_000

/** Makes instances: one for each provision key, whatever happens. */
export class Provisioner {
  readonly #running = new Map<string, Promise<string>>()

  constructor(private readonly options: ProvisionerOptions) {}

  /** Answers the instance's ID; for a repeated key that of the instance which the first call made. */
  async provision(spec: InstanceSpec): Promise<string> {
    const properties = readProperties(spec.Properties)
    refuseInit(properties, spec)
    const key = spec.Tags?.[tag.provision]
    if (key) return this.#once(key, properties, spec)
    return this.options.placer.place(properties, spec, (host) => this.#make(host, properties, spec))
  }

  #once(key: string, properties: DockerProperties, spec: InstanceSpec): Promise<string> {
    const running = this.#running.get(key)
    if (running) return running
    const making = this.#unlessMade(key, properties, spec).finally(() => this.#running.delete(key))
    this.#running.set(key, making)
    return making
  }

  async #unlessMade(key: string, properties: DockerProperties, spec: InstanceSpec): Promise<string> {
    const { hosts, instances, choices, placer } = this.options
    const { placed } = await instances.list()
    const made = placed.find(({ container }) => instances.tags(container)[tag.provision] === key)
    if (made) return instanceID(made.container)
    this.#waitForHostOf(key)
    return placer.place(properties, spec, async (host) => {
      if (hosts.several) await choices.choose(key, host.name)
      return this.#make(host, properties, spec)
    })
  }

  /** Throws `unavailable` while the instance may be on a host that has just gone away. */
  #waitForHostOf(key: string): void {
    const { hosts, choices } = this.options
    const begun = hosts.all.find(({ name }) => name === choices.hostOf(key))
    if (!begun?.away || Date.now() - begun.away.since.getTime() > hostTimeoutMs) return
    throw new InfrakitError('unavailable', `the instance was begun on ${begun.name}, which cannot be reached`, {
      hint: 'It is made on another host when that one stays away for a minute.',
    })
  }

  async #make(host: Host, properties: DockerProperties, spec: InstanceSpec): Promise<string> {
    const { owner, intents } = this.options
    const { engine } = host
    const refused = new Set<number>()
    for (let tries = 1; ; tries++) {
      const { hostPorts, release } = await reservePorts(host, properties, refused)
      try {
        return instanceID({ id: await provision({ engine, owner, properties, spec, hostPorts, intents }) })
      } catch (error) {
        const chosen = properties.settings.ports.some((port) => port.host === undefined)
        if (!chosen || tries >= portTries || !portTaken.test(messageOf(error))) throw error
        hostPorts.forEach((port) => refused.add(port))
      } finally {
        release()
      }
    }
  }
}

/** Ports for those that the properties leave open. Once the container is there, the engine's list says that they are taken. */
async function reservePorts({ engine, ports }: Host, { settings }: DockerProperties, refused: ReadonlySet<number>) {
  const reserved: number[] = []
  const release = () => reserved.forEach((port) => ports.release(port))
  if (settings.ports.every(({ host }) => host !== undefined)) {
    return { hostPorts: settings.ports.map(({ host }) => host ?? 0), release }
  }
  const taken = new Set([...(await listContainers(engine)).flatMap(hostPortsOf), ...refused])
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

/** Those that it has, and those that it will have again when it is started. */
function hostPortsOf({ ports, labels }: ListedContainer): number[] {
  const kept = (labels[portsLabel] ?? '').split(',').filter(Boolean).map(Number)
  return [...kept, ...ports.map(({ hostPort }) => hostPort)]
}
