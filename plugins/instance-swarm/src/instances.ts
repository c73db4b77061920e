import {
  inspectService,
  isOutpaced,
  listServices,
  updateService,
  type RegistryAuth,
  type Service,
  type SwarmNode,
} from '@infrakit/docker'
import {
  InfrakitError,
  matchesTags,
  type DescribeInstancesResult,
  type InstanceDescription,
  type Tags,
  type Unreachable,
} from '@infrakit/spi'
import { isChecked, type Definition } from './definition.js'
import { endpointsOf } from './endpoints.js'
import { ingressProblem } from './ingress.js'
import { logicalIDLabel, ownerLabel, tagsOf } from './labels.js'
import type { Managers } from './managers.js'
import { nodeName } from './node-names.js'
import { pictureOf, type Picture } from './picture.js'
import type { Look, Watch } from './watch.js'

/** Digits of a service's ID that people see and type. */
const idLength = 12

/** An instance's ID: what `docker service ls` shows. */
export function instanceID({ id }: Pick<Service, 'id'>): string {
  return id.slice(0, idLength)
}

/** Somebody else's changes may come first so often. */
const timesOutpaced = 10

export interface InstancesOptions {
  readonly managers: Managers
  readonly owner: string
  readonly watch: Watch
}

/** The services that are instances of ours. */
export class Instances {
  readonly #coming = new Set<string>()

  constructor(private readonly options: InstancesOptions) {}

  /** All services of ours, those included that are being provisioned. */
  services(): Promise<Service[]> {
    const { managers, owner } = this.options
    return managers.ask((engine, call) => listServices(engine, { labels: { [ownerLabel]: owner } }, call))
  }

  /** While it is being worked on, a service of this name is no instance. */
  async unlisted<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.#coming.add(name)
    try {
      return await work()
    } finally {
      this.#coming.delete(name)
    }
  }

  /** Throws `not-found`. */
  async find(id: string): Promise<Service> {
    const found = (await this.services()).find(
      (service) => instanceID(service) === id && !this.#coming.has(service.name),
    )
    if (found) return found
    throw new InfrakitError('not-found', `there is no service of ours with the ID ${id}`, {
      hint: '`infrakit instance describe` lists those that there are.',
    })
  }

  /**
   * Changes a service; somebody else's change at the same time is kept, too. Throws `not-found`.
   *
   * @param auth what nodes show to the registry from now on; without it what they were given last
   */
  async edit(id: string, change: (definition: Definition) => Definition, auth?: RegistryAuth): Promise<void> {
    const { managers } = this.options
    for (let tries = 1; ; tries++) {
      try {
        return await managers.ask(async (engine, call) => {
          const service = await inspectService(engine, id, call)
          await updateService(engine, service, { definition: change(service.definition), auth }, call)
        })
      } catch (error) {
        if (!isOutpaced(error) || tries >= timesOutpaced) throw error
      }
    }
  }

  /** All that there are. Those of which nobody knows whether they run are left out, and their nodes are told. */
  async describe(wanted: Tags | null | undefined, withProperties: boolean): Promise<DescribeInstancesResult> {
    // Tasks after services: one without a task would look as if it had just been made.
    const services = (await this.services()).filter(({ name }) => !this.#coming.has(name))
    const look = await this.options.watch.look()
    const members = services.filter((service) => matchesTags(tagsOf(service), wanted))
    const Descriptions: InstanceDescription[] = []
    const away = new Map<string, SwarmNode>()
    for (const service of members) {
      const picture = pictureOf(service, look.of(service.id), look.nodes)
      if (picture.kind === 'unknown') away.set(picture.node.id, picture.node)
      else Descriptions.push(this.#describe(service, picture, look, withProperties))
    }
    if (away.size === 0) return { Descriptions }
    const unreachable = (node: SwarmNode): Unreachable => ({
      Host: nodeName(node, look.nodes.values()),
      Since: node.updatedAt,
    })
    return { Descriptions, Unreachable: [...away.values()].map(unreachable) }
  }

  #describe(
    service: Service,
    picture: Exclude<Picture, { kind: 'unknown' }>,
    look: Look,
    withProperties: boolean,
  ): InstanceDescription {
    const { kind } = picture
    const { engines } = this.options.managers
    const reason =
      'reason' in picture ? picture.reason : kind === 'running' ? ingressProblem(service, engines) : undefined
    return {
      ID: instanceID(service),
      LogicalID: service.labels[logicalIDLabel] ?? null,
      Tags: tagsOf(service),
      ...(withProperties ? { Properties: propertiesOf(service, picture, look) } : {}),
      ...(kind === 'stopped' || kind === 'failed' ? { State: kind } : {}),
      ...(reason === undefined ? {} : { StateReason: reason }),
    }
  }
}

function propertiesOf(service: Service, picture: Picture, { nodes }: Look) {
  const { kind } = picture
  const container = (service.definition['TaskTemplate'] as { ContainerSpec?: { Image?: string } }).ContainerSpec
  const node = kind === 'running' ? picture.node : undefined
  const health =
    kind === 'starting' ? 'starting' : kind === 'running' && isChecked(service.definition) ? 'healthy' : undefined
  return {
    Name: service.name,
    ...(node ? { Host: nodeName(node, nodes.values()) } : {}),
    Image: container?.Image ?? '',
    ...(kind === 'running' ? { Task: picture.task.id } : {}),
    Endpoints: kind === 'running' ? endpointsOf(service, picture.task, node) : [],
    ...(health ? { Health: health } : {}),
    ...(kind === 'starting' ? { HealthReason: picture.reason } : {}),
  }
}
