import { randomBytes } from 'node:crypto'
import { Once, type HostPorts } from '@infrakit/containers'
import {
  createService,
  inspectService,
  listConfigs,
  listNodes,
  listSecrets,
  listServices,
  parseImageReference,
  registryAuth,
  removeService,
  type Service,
} from '@infrakit/docker'
import { failpoint } from '@infrakit/host'
import { InfrakitError, kindOf, messageOf, tag, type InstanceSpec } from '@infrakit/spi'
import { createTurns } from '@infrakit/store'
import { serviceDefinition, serviceName, stayingAt, type Definition } from './definition.js'
import type { InPlace } from './in-place.js'
import { instanceID, type Instances } from './instances.js'
import { nodeLabel, ownerLabel, tagsOf } from './labels.js'
import type { Managers } from './managers.js'
import { chooseNode } from './node-choice.js'
import { readProperties, type SwarmProperties } from './properties.js'
import { pinned } from './resolve.js'
import { untilRunning } from './settled.js'
import type { Kept } from './task-template.js'
import type { Watch } from './watch.js'

export interface ProvisionerOptions {
  readonly managers: Managers
  readonly owner: string
  readonly instances: Instances
  readonly inPlace: InPlace
  readonly watch: Watch
  readonly ports: HostPorts
  readonly log: { warn(fields: object, message: string): void }
}

/** How often other ports are tried when somebody else has taken those that were chosen. */
const portTries = 5
const portTaken = /port is already allocated|address already in use|already in use by service/i

/** What nodes show to the registry of the image: the credentials of the plugin's user. */
function authFor({ resolvedImage, image }: SwarmProperties) {
  return registryAuth(parseImageReference(resolvedImage ?? image).registry)
}

/** Makes instances: one for each provision key, whatever happens. */
export class Provisioner {
  readonly #once = new Once<string>()
  readonly #inTurn = createTurns()

  constructor(private readonly options: ProvisionerOptions) {}

  /** Answers the instance's ID; for a repeated key that of the instance which the first call made. */
  async provision(spec: InstanceSpec): Promise<string> {
    const properties = await pinned(this.options, readProperties(spec.Properties))
    const key = spec.Tags?.[tag.provision]
    return key ? this.#once.do(key, () => this.#unlessMade(key, properties, spec)) : this.#make(properties, spec)
  }

  async #unlessMade(key: string, properties: SwarmProperties, spec: InstanceSpec): Promise<string> {
    const { instances, inPlace, watch, managers } = this.options
    const services = await instances.services()
    const made = services.find((service) => tagsOf(service)[tag.provision] === key)
    if (made) {
      // An earlier life may have been killed before it ran.
      await untilRunning(watch, managers, made)
      return instanceID(made)
    }
    const updated = await inPlace.update(services, spec, {
      define: (name, published) => this.#definition(properties, spec, name, published),
      auth: () => authFor(properties),
    })
    return updated ?? this.#make(properties, spec)
  }

  async #definition(
    properties: SwarmProperties,
    spec: InstanceSpec,
    name: string,
    published: readonly number[],
  ): Promise<Definition> {
    const { owner } = this.options
    const kept = await this.#kept(properties)
    return serviceDefinition({ properties, spec, name, owner, published, kept })
  }

  /** Asked for only where something of it is used. */
  #kept({ service }: SwarmProperties): Promise<Kept> {
    return this.options.managers.ask(async (engine, call) => ({
      secrets: service.secrets?.length ? await listSecrets(engine, call) : [],
      configs: service.configs?.length ? await listConfigs(engine, call) : [],
    }))
  }

  async #make(properties: SwarmProperties, spec: InstanceSpec): Promise<string> {
    const name = serviceName(spec.Tags ?? {}, spec.LogicalID, randomBytes(6).toString('hex'))
    const refused = new Set<number>()
    for (let tries = 1; ; tries++) {
      const { published, release } = await this.#reservePorts(properties, refused)
      try {
        const definition = await this.#definition(properties, spec, name, published)
        return await this.options.instances.unlisted(name, () => this.#create(definition, properties, spec, name))
      } catch (error) {
        const chosen = (properties.service.ports ?? []).some(
          ({ host, mode }) => host === undefined && mode !== 'ingress',
        )
        if (!chosen || tries >= portTries || !portTaken.test(messageOf(error))) throw error
        published.forEach((port) => refused.add(port))
      } finally {
        release()
      }
    }
  }

  /** Ports for those that are to be at the instance's node and were left open; those of the ingress the swarm chooses. */
  async #reservePorts({ service }: SwarmProperties, refused: ReadonlySet<number>) {
    const { managers, ports } = this.options
    const wanted = service.ports ?? []
    const reserved: number[] = []
    const release = () => reserved.forEach((port) => ports.release(port))
    if (wanted.every(({ host, mode }) => host !== undefined || mode === 'ingress')) {
      return { published: wanted.map(({ host }) => host ?? 0), release }
    }
    const services = await managers.ask((engine, call) => listServices(engine, {}, call))
    const published = services.flatMap((one) => one.ports.map(({ publishedPort }) => publishedPort))
    const taken = new Set([...published, ...refused])
    try {
      const all = wanted.map(({ host, mode }) => {
        if (host !== undefined || mode === 'ingress') return host ?? 0
        const port = ports.reserve(taken)
        reserved.push(port)
        return port
      })
      return { published: all, release }
    } catch (error) {
      release()
      throw error
    }
  }

  async #create(
    definition: Definition,
    properties: SwarmProperties,
    spec: InstanceSpec,
    name: string,
  ): Promise<string> {
    const { managers, watch } = this.options
    const auth = await authFor(properties)
    const make = (placed: Definition) =>
      managers.ask(async (engine, call) => {
        const { id } = await createService(engine, { definition: placed, auth }, call)
        return inspectService(engine, id, call)
      })
    const service = await this.#unlessTaken(spec, name, () =>
      properties.mode === 'global' ? this.#atNode(definition, properties, spec, make) : make(definition),
    )
    failpoint('provision/created')
    try {
      await untilRunning(watch, managers, service)
    } catch (error) {
      await this.#undo(service, error)
      throw error
    }
    failpoint('provision/running')
    return instanceID(service)
  }

  /** The service that has the name already, where it is the same: its creation was asked for twice, the first time in vain. */
  async #unlessTaken(spec: InstanceSpec, name: string, make: () => Promise<Service>): Promise<Service> {
    try {
      return await make()
    } catch (error) {
      if (kindOf(error) !== 'conflict') throw error
      const { managers, owner } = this.options
      const there = await managers.ask((engine, call) => inspectService(engine, name, call))
      const key = spec.Tags?.[tag.provision]
      if (there.labels[ownerLabel] === owner && key !== undefined && tagsOf(there)[tag.provision] === key) return there
      throw new InfrakitError('conflict', `the name ${name} is in use by another service`, {
        hint: 'It is that of an instance that is still there, or somebody made it: remove it, or give another logical ID.',
        cause: error,
      })
    }
  }

  /** One after the other, so that no two of a group choose the same node. */
  #atNode(
    definition: Definition,
    { service }: SwarmProperties,
    spec: InstanceSpec,
    make: (placed: Definition) => Promise<Service>,
  ): Promise<Service> {
    const { managers, instances } = this.options
    return this.#inTurn('node', async () => {
      const group = spec.Tags?.[tag.group]
      const siblings = (await instances.services()).filter(
        (one) => group !== undefined && tagsOf(one)[tag.group] === group,
      )
      const nodes = await managers.ask((engine, call) => listNodes(engine, {}, call))
      const wish = { constraints: service.deploy?.placement?.constraints ?? [], logicalID: spec.LogicalID ?? undefined }
      const taken = new Set(siblings.flatMap(({ labels }) => labels[nodeLabel] ?? []))
      return make(stayingAt(definition, chooseNode(nodes, wish, taken).id))
    })
  }

  async #undo(service: Service, reason: unknown): Promise<void> {
    try {
      await this.options.managers.ask((engine, call) => removeService(engine, service.id, call))
    } catch (error) {
      throw new InfrakitError(
        'plugin-failed',
        `${messageOf(reason)}; and service ${service.name} could not be removed: ${messageOf(error)}`,
        { cause: reason, hint: `Remove it when the swarm can be asked again: docker service rm ${service.name}.` },
      )
    }
  }
}
