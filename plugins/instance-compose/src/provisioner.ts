import {
  identityLabels,
  instanceID,
  makeInstance,
  Once,
  refuseInit,
  runInit,
  withPorts,
  type Host,
  type Instances,
  type Intents,
} from '@infrakit/containers'
import {
  createVolume,
  listContainers,
  pullImage,
  startContainer,
  type Engine,
  type ListedContainer,
} from '@infrakit/docker'
import { failpoint } from '@infrakit/host'
import { InfrakitError, tag, type Call, type InstanceSpec } from '@infrakit/spi'
import type { Compose } from './compose/compose.js'
import { labels, serviceLabel } from './labels.js'
import { fixedParts } from './model/fixed.js'
import { attachedVolume, generate, isFilledAtStart } from './model/generate.js'
import { wantedPorts } from './model/ports.js'
import { textOf, type Rendered } from './model/rendered.js'
import { sidesOf } from './model/sides.js'
import { namingOf, type Name } from './names.js'
import type { Projects } from './projects.js'
import { readProperties, type ComposeProperties } from './properties.js'
import { pullPolicy, type Renderer } from './renderer.js'
import { bringUp } from './sides.js'

export interface ProvisionerOptions {
  readonly host: Host
  readonly owner: string
  readonly compose: Compose
  readonly renderer: Renderer
  readonly projects: Projects
  readonly instances: Instances
  readonly intents: Intents
  readonly log: { info(fields: object, message: string): void }
}

/** One instance that is to be made. */
interface Wanted {
  readonly properties: ComposeProperties
  readonly rendered: Rendered
  readonly spec: InstanceSpec
}

/** Throws `conflict` where another replica has what only one can have. */
function refuseTwin({ properties, rendered }: Wanted, containers: readonly ListedContainer[]): void {
  const fixed = fixedParts(rendered.service, properties.as === undefined)
  const [first] = fixed
  if (!first) return
  const service = `${rendered.project}/${properties.service}`
  const others = containers.filter((one) => one.labels[serviceLabel] === service && one.state !== 'created')
  const claimed = fixed.some(({ always }) => always) ? others : others.filter(({ state }) => state === 'running')
  const [twin] = claimed
  if (!twin) return
  throw new InfrakitError(
    'conflict',
    `there can be one replica of ${service} only, as it has ${first.what} for itself: ${twin.name} is there`,
    {
      hint: 'Keep one, replaced by recreating it (Size: 1, MaxSurge: 0), or leave ports of the host open and drop container_name.',
    },
  )
}

/** Makes instances: one for each provision key, whatever happens. */
export class Provisioner {
  readonly #once = new Once<string>()

  constructor(private readonly options: ProvisionerOptions) {}

  /** Answers the instance's ID; for a repeated key that of the instance which the first call made. */
  async provision(spec: InstanceSpec): Promise<string> {
    const properties = readProperties(spec.Properties)
    refuseInit(properties, spec)
    const key = spec.Tags?.[tag.provision]
    if (!key) return this.#make(properties, spec)
    return this.#once.do(key, async () => {
      const { instances } = this.options
      const { placed } = await instances.list()
      const made = placed.find(({ container }) => instances.tags(container)[tag.provision] === key)
      return made ? instanceID(made.container) : this.#make(properties, spec)
    })
  }

  /** What a replica needs: the project's side services, the image, the volumes that are attached to it. */
  async prepare({ properties, rendered }: Omit<Wanted, 'spec'>): Promise<void> {
    const { host, projects } = this.options
    const { project, service } = rendered
    const sides = sidesOf(service, properties.sideServices)
    if (sides.length > 0) {
      await projects.during(project, () =>
        bringUp({ ...this.options, engine: host.engine }, properties.source, project, sides),
      )
    }
    await this.pull(properties, rendered)
  }

  /** Has the engine pull the image where it has to. Throws what `pullImage` does. */
  async pull(properties: ComposeProperties, { service, image }: Rendered, call?: Call): Promise<void> {
    const platform = textOf(service['platform'])
    await pullImage(this.options.host.engine, image, { policy: pullPolicy(properties, service), platform }, call)
  }

  async #make(properties: ComposeProperties, spec: InstanceSpec): Promise<string> {
    const { host, projects, renderer } = this.options
    const rendered = properties.rendered ?? (await renderer.render(properties))
    const wanted = { properties, rendered, spec }
    await this.prepare(wanted)
    await createVolumes(host.engine, spec)
    const naming = namingOf(rendered, properties, spec)
    const check = (containers: readonly ListedContainer[]) => refuseTwin(wanted, containers)
    return projects.named(naming, rendered.numbered, check, (name) =>
      withPorts(host, labels, wantedPorts(rendered.service['ports']), (hostPorts) =>
        this.#makeNamed(wanted, name, hostPorts),
      ),
    )
  }

  async #makeNamed(wanted: Wanted, name: Name, hostPorts: readonly number[]): Promise<string> {
    const { host, intents, compose, projects } = this.options
    const { engine } = host
    const { rendered, properties, spec } = wanted
    const { project } = rendered
    const find = async (intent: string) =>
      (await listContainers(engine, { labels: { [labels.intent]: intent } })).map(({ id }) => id)
    let model: object = {}
    const id = await makeInstance({
      engine,
      intents,
      name: name.container,
      find,
      create: async (intent) => {
        model = this.#model(wanted, name, hostPorts, intent)
        await projects.withNetworks(rendered, () => compose.create(properties.source, project, name.service, model))
        const [id] = await find(intent)
        if (id !== undefined) return { id }
        // Compose leaves one alone that has the service's name already.
        throw new InfrakitError('conflict', `the name ${name.container} is in use by another container`)
      },
      complete: async (id) => {
        failpoint('provision/created')
        if (isFilledAtStart(rendered)) await compose.start(properties.source, project, name.service, model)
        else await startContainer(engine, id)
        failpoint('provision/started')
        await runInit(engine, id, properties, spec)
        failpoint('provision/initialized')
      },
    })
    return instanceID({ id })
  }

  #model({ properties, rendered, spec }: Wanted, name: Name, hostPorts: readonly number[], intent: string): object {
    const { service } = rendered
    const identity = identityLabels(labels, {
      owner: this.options.owner,
      intent,
      tags: spec.Tags ?? {},
      logicalID: spec.LogicalID ?? undefined,
      hostPorts,
      restart: textOf(service['restart'])?.replace(/:.*/, ''),
    })
    return generate({
      rendered,
      ...name,
      alias: properties.as ?? properties.service,
      labels: { ...spec.Tags, ...identity, [serviceLabel]: `${rendered.project}/${properties.service}` },
      hostPorts,
      attachments: spec.Attachments ?? [],
      ...(spec.LogicalID ? { hostname: spec.LogicalID } : {}),
    })
  }
}

/** Volumes that are attached are nobody's of the project: they are made where they are not there, and stay. */
async function createVolumes(engine: Engine, { Attachments }: InstanceSpec): Promise<void> {
  for (const attachment of Attachments ?? []) {
    if (!/^[^:]+:\/[^:]*(?::r[ow])?$/.test(attachment.ID)) {
      throw new InfrakitError(
        'input',
        `Spec.Attachments: '${attachment.ID}': says not where it comes from or goes to`,
        {
          path: 'Spec.Attachments',
          hint: 'An ID is SOURCE:TARGET or SOURCE:TARGET:ro, where SOURCE is a volume or an absolute path.',
        },
      )
    }
    const volume = attachedVolume(attachment)
    if (volume !== undefined) await createVolume(engine, { name: volume })
  }
}
