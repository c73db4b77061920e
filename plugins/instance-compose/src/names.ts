import type { ListedContainer } from '@infrakit/docker'
import { tag, type InstanceSpec } from '@infrakit/spi'
import { fieldsOf, textOf, type Rendered } from './model/rendered.js'
import { composeLabels } from './labels.js'

/** What replicas of a service are called. */
export interface Naming {
  readonly project: string
  /** What stands before the number, as a service: `app-blue`. */
  readonly as: string
  /** The one container's name, where the files fix it. */
  readonly fixed: string | undefined
  /** A pet's name, in place of a number. */
  readonly pet: string | undefined
}

/** Of one replica. */
export interface Name {
  readonly service: string
  readonly container: string
}

/** What both engine and Compose take in a name. */
function sanitized(text: string): string {
  return text.replaceAll(/[^a-zA-Z0-9_.-]+/g, '-').replace(/^[^a-zA-Z0-9]+/, '')
}

/**
 * How the replicas of a service are called: as they are asked to be, else after the service and the group. The service's own
 * name is left to its owner, whose `docker compose up` makes `shop-app-1`. Pure.
 */
export function namingOf(
  { project, service }: Pick<Rendered, 'project' | 'service'>,
  given: { readonly service: string; readonly as: string | undefined },
  { Tags, LogicalID }: Pick<InstanceSpec, 'Tags' | 'LogicalID'>,
): Naming {
  const group = sanitized(Tags?.[tag.group] ?? '') || 'infrakit'
  const pet = sanitized(LogicalID ?? '')
  return {
    project,
    as: given.as ?? `${given.service}-${group}`,
    fixed: given.as === undefined ? textOf(service['container_name']) : undefined,
    pet: pet === '' ? undefined : pet,
  }
}

function nameOf({ project, as, fixed }: Naming, suffix: string): Name {
  return { service: `${as}-${suffix}`, container: fixed ?? `${project}-${as}-${suffix}` }
}

/** All that names containers have, and services of a project. */
export function takenNames(containers: readonly ListedContainer[], project: string): Set<string> {
  const services = containers
    .filter(({ labels }) => labels[composeLabels.project] === project)
    .map(({ labels }) => labels[composeLabels.service] ?? '')
  return new Set([...containers.map(({ name }) => name), ...services.map((one) => serviceKey(project, one))])
}

/** A service's name, told from that of a container. */
function serviceKey(project: string, service: string): string {
  return `${project}/${service}`
}

/** What a name takes away from others. */
export function keysOf({ project }: Pick<Naming, 'project'>, { service, container }: Name): string[] {
  return [container, serviceKey(project, service)]
}

/**
 * The name of the next replica: a pet's own, else the lowest number that nobody has. Pure.
 *
 * @param numbered services of the user that Compose would take a container of this name for
 * @returns undefined when the name is fixed, and taken
 */
export function nextName(naming: Naming, taken: ReadonlySet<string>, numbered: readonly string[]): Name | undefined {
  const isFree = (name: Name) =>
    !numbered.includes(name.service) && keysOf(naming, name).every((key) => !taken.has(key))
  if (naming.pet !== undefined) {
    const name = nameOf(naming, naming.pet)
    return isFree(name) ? name : undefined
  }
  if (naming.fixed !== undefined && taken.has(naming.fixed)) return undefined
  for (let number = 1; ; number++) {
    const name = nameOf(naming, String(number))
    if (isFree(name)) return name
  }
}

/** Names of the networks, as the engine knows them, that have to be made where they are not there. */
export function ownNetworks({ project, networks }: Pick<Rendered, 'project' | 'networks'>): string[] {
  return Object.entries(networks)
    .filter(([, one]) => fieldsOf(one)['external'] !== true)
    .map(([key, one]) => textOf(fieldsOf(one)['name']) ?? `${project}_${key}`)
}
