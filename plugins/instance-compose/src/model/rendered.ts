import { InfrakitError } from '@infrakit/spi'

type Fields = Readonly<Record<string, unknown>>

/** A service as Compose renders it from all its files, with what else of the project it uses. Everything is Compose's own. */
export interface Rendered {
  readonly project: string
  /** What its image is: a digest, or the engine's ID of it. */
  readonly image: string
  readonly service: Fields
  readonly networks: Fields
  readonly volumes: Fields
  readonly secrets: Fields
  readonly configs: Fields
  /** Services of the project whose names end in a number: they are not ours to use. */
  readonly numbered: readonly string[]
  /** Of the file, which version 1 of Compose minds. */
  readonly version?: string
}

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : []
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** Of a section of the project, what is used. */
function used(section: unknown, names: readonly (string | undefined)[]): Fields {
  return Object.fromEntries(Object.entries(fieldsOf(section)).filter(([name]) => names.includes(name)))
}

function sources(list: unknown): (string | undefined)[] {
  return listOf(list).map((one) => textOf(one) ?? textOf(fieldsOf(one)['source']))
}

/** Source of a volume in Compose's short form, which version 1 leaves as it is. */
function volumeOf(one: unknown): string | undefined {
  return textOf(one)?.split(':')[0] ?? textOf(fieldsOf(one)['source'])
}

/** The name of an image that is built and has no name of its own. Version 1 put it together otherwise. */
function builtImage(project: unknown, service: string, version: string | undefined): string {
  return `${String(project)}${version === undefined ? '-' : '_'}${service}`
}

/** Version 1 leaves out the network that a service has which names none. */
function withNetwork(service: Fields): Fields {
  return 'networks' in service || 'network_mode' in service ? service : { ...service, networks: { default: null } }
}

/** What Compose rendered: the whole of it, and the service that is asked for. */
export interface Picked extends Omit<Rendered, 'image' | 'numbered'> {
  /** As the service calls it. */
  readonly imageName: string
}

/**
 * Picks a service out of a rendered project. Pure.
 *
 * @throws InfrakitError `input` when there is no such service, or one that nothing can be made of
 */
export function pick(model: unknown, name: string): Picked {
  const { name: project, services, networks, volumes, secrets, configs } = fieldsOf(model)
  const version = textOf(fieldsOf(model)['version'])
  const given = fieldsOf(fieldsOf(services)[name])
  const imageName = textOf(given['image']) ?? (given['build'] ? builtImage(project, name, version) : undefined)
  if (imageName === undefined) {
    throw new InfrakitError('input', `Properties.Service: the Compose files have no service '${name}' with an image`, {
      path: 'Properties.Service',
      hint: `They have ${Object.keys(fieldsOf(services)).join(', ') || 'none'}.`,
    })
  }
  const service = version === undefined ? given : withNetwork(given)
  const ofNetworks = Array.isArray(service['networks'])
    ? service['networks'].map(textOf)
    : Object.keys(fieldsOf(service['networks']))
  return {
    project: String(project),
    ...(version === undefined ? {} : { version }),
    imageName,
    service,
    networks: used(networks, ofNetworks),
    volumes: used(volumes, listOf(service['volumes']).map(volumeOf)),
    secrets: used(secrets, sources(service['secrets'])),
    configs: used(configs, sources(service['configs'])),
  }
}
