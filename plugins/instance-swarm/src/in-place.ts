import type { RegistryAuth, Service } from '@infrakit/docker'
import { failpoint } from '@infrakit/host'
import { tag, type InstanceSpec } from '@infrakit/spi'
import { isParked, stayingAt, type Definition } from './definition.js'
import { instanceID, type Instances } from './instances.js'
import { nodeLabel, shapeLabel, tagsOf, templateLabel } from './labels.js'
import type { Managers } from './managers.js'
import { untilRunning } from './settled.js'
import type { Watch } from './watch.js'

export interface InPlaceOptions {
  readonly managers: Managers
  readonly instances: Instances
  readonly watch: Watch
  /** Runs work on one instance after the other. */
  readonly inTurn: <T>(id: string, work: () => Promise<T>) => Promise<T>
}

type Labels = Readonly<Record<string, string>>

/** What a new instance would be. */
export interface Wanted {
  /** The service, given its name and published ports. */
  define(name: string, published: readonly number[]): Promise<Definition>
  /** What nodes are to show to the registry of its image: what they were given with the old one may be no longer right. */
  auth(): Promise<RegistryAuth | undefined>
}

function labelsOf(definition: Definition): Labels {
  return (definition['Labels'] ?? {}) as Labels
}

/** Published ports, in the order in which they were given. */
function publishedOf({ definition }: Service): number[] {
  const { Ports = [] } = (definition['EndpointSpec'] ?? {}) as { Ports?: { PublishedPort?: number }[] }
  return Ports.map(({ PublishedPort }) => PublishedPort ?? 0)
}

/**
 * An outdated instance of the same group that differs in labels and resources only, so that it need not be replaced. Pure.
 *
 * @param wanted labels of the new one
 */
export function outdatedTwin(
  services: readonly Service[],
  wanted: Labels,
  { Tags }: Pick<InstanceSpec, 'Tags'>,
  isBusy: (id: string) => boolean,
): Service | undefined {
  const [group, hash] = [Tags?.[tag.group], Tags?.[tag.configHash]]
  if (group === undefined || hash === undefined) return undefined
  return services.find((service) => {
    const tags = tagsOf(service)
    const isOutdated = tags[tag.group] === group && tags[tag.configHash] !== hash
    return (
      isOutdated &&
      service.labels[shapeLabel] === wanted[shapeLabel] &&
      !isParked(service) &&
      !isBusy(instanceID(service))
    )
  })
}

/** Makes an outdated instance what a new one would be, where only labels or resources have changed. */
export class InPlace {
  readonly #busy = new Set<string>()

  constructor(private readonly options: InPlaceOptions) {}

  /** Keeps an instance that is about to go from being updated. */
  async except<T>(id: string, work: () => Promise<T>): Promise<T> {
    this.#busy.add(id)
    try {
      return await work()
    } finally {
      this.#busy.delete(id)
    }
  }

  /**
   * Answers the ID of the instance that was updated; `undefined` when there is none that could be. Where it does not run
   * with what is new, it gets back what it had.
   */
  async update(services: readonly Service[], spec: InstanceSpec, wanted: Wanted): Promise<string | undefined> {
    if (spec.Tags?.[tag.configHash] === undefined) return undefined
    const labels = labelsOf(await wanted.define('', []))
    const twin = outdatedTwin(services, labels, spec, (id) => this.#busy.has(id))
    if (!twin) return undefined
    const { inTurn } = this.options
    return this.except(instanceID(twin), () => inTurn(instanceID(twin), () => this.#change(twin, wanted)))
  }

  async #change(twin: Service, wanted: Wanted): Promise<string> {
    const { instances, watch, managers } = this.options
    const plain = await wanted.define(twin.name, publishedOf(twin))
    const node = twin.labels[nodeLabel]
    const definition = node === undefined ? plain : stayingAt(plain, node)
    const before = new Set((await watch.look()).of(twin.id).map(({ id }) => id))
    await instances.edit(twin.id, () => definition, await wanted.auth())
    failpoint('update/changed')
    if (labelsOf(definition)[templateLabel] === twin.labels[templateLabel]) return instanceID(twin)
    try {
      await untilRunning(watch, managers, { ...twin, definition }, before)
    } catch (error) {
      await instances.edit(twin.id, () => twin.definition)
      throw error
    }
    return instanceID(twin)
  }
}
