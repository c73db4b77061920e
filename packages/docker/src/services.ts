import type { Call } from '@infrakit/spi'
import { expectList, expectObject, fieldsOf, labelsOf, textOf, type Fields } from './answers.js'
import { ask } from './ask.js'
import type { Engine } from './engine.js'
import { labelFilters, type Filter } from './filters.js'
import type { RegistryAuth } from './registry-auth.js'
import { inBody, inspect, pathPart, stop } from './stop.js'
import { tolerate } from './tolerate.js'

/** Services of a swarm, which only an engine that is one of its managers can be asked about. */

export interface ServicePort {
  readonly targetPort: number
  /** 0 where each task gets one of its own. */
  readonly publishedPort: number
  /** `tcp`, `udp` or `sctp`. */
  readonly protocol: string
  /** `ingress`: at every node; `host`: at that of the task. */
  readonly mode: string
}

export interface Service {
  readonly id: string
  /** Counts its changes: one that was made to an older version is refused. */
  readonly version: number
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** As it was given, in the engine's own words. */
  readonly definition: Fields
  /** As they are: the swarm has chosen those that were left open. */
  readonly ports: readonly ServicePort[]
  readonly createdAt: string
}

function readPort({ TargetPort, PublishedPort, Protocol, PublishMode }: Fields): ServicePort {
  return {
    targetPort: Number(TargetPort ?? 0),
    publishedPort: Number(PublishedPort ?? 0),
    protocol: textOf(Protocol) || 'tcp',
    mode: textOf(PublishMode) || 'ingress',
  }
}

export function readPorts(value: unknown): ServicePort[] {
  return (Array.isArray(value) ? value : []).map(fieldsOf).map(readPort)
}

function readService(answer: Fields): Service {
  const definition = fieldsOf(answer['Spec'])
  return {
    id: textOf(answer['ID']),
    version: Number(fieldsOf(answer['Version'])['Index'] ?? 0),
    name: textOf(definition['Name']),
    labels: labelsOf(definition['Labels']),
    definition,
    ports: readPorts(fieldsOf(answer['Endpoint'])['Ports']),
    createdAt: textOf(answer['CreatedAt']),
  }
}

export interface ServiceRequest {
  /** The engine's own document of a service: `Name`, `Labels`, `TaskTemplate`, `Mode`, `EndpointSpec`, ... */
  readonly definition: Fields
  /** What nodes show to the registry of the image. */
  readonly auth?: RegistryAuth | undefined
}

/**
 * Makes a service and answers its id; `conflict` when the name, or an ingress port, is taken. The swarm starts its tasks
 * afterwards.
 */
export async function createService(
  engine: Engine,
  { definition, auth }: ServiceRequest,
  call?: Call,
): Promise<{ id: string }> {
  const attempt = `create service ${textOf(definition['Name'])}`
  return ask(engine, attempt, call, async (abortSignal) => {
    const create = engine.docker.createService.bind(engine.docker) as (auth: unknown, options: object) => unknown
    // Also where there are no credentials: given one argument, dockerode would send the definition as such.
    const { id } = (await create(auth, inBody<object>(definition, abortSignal))) as { id?: unknown }
    return { id: textOf(expectObject(engine, attempt, { id }, ['id'])['id']) }
  })
}

/** By id or name; `not-found`. */
export async function inspectService(engine: Engine, id: string, call?: Call): Promise<Service> {
  const attempt = `inspect service ${id}`
  return ask(engine, attempt, call, async (abortSignal) => {
    const answer: unknown = await inspect(engine.docker.getService(pathPart(id)), abortSignal)
    return readService(expectObject(engine, attempt, answer, ['ID']))
  })
}

/** All services that have the labels. */
export async function listServices(engine: Engine, filter: Filter = {}, call?: Call): Promise<Service[]> {
  const attempt = 'list services'
  return ask(engine, attempt, call, async (abortSignal) => {
    const filters = { label: labelFilters(filter.labels) }
    const answer: unknown = await engine.docker.listServices({ filters, ...stop(abortSignal) })
    return expectList(engine, attempt, answer, ['ID']).map(readService)
  })
}

/**
 * Gives a service another definition. Its tasks stay unless what they are made of changes.
 *
 * @throws InfrakitError `conflict` when it was changed since it was read: see `isOutpaced`
 */
export async function updateService(
  engine: Engine,
  { id, version, name }: Pick<Service, 'id' | 'version' | 'name'>,
  { definition, auth }: ServiceRequest,
  call?: Call,
): Promise<void> {
  await ask(engine, `update service ${name}`, call, (abortSignal) => {
    const service = engine.docker.getService(pathPart(id))
    const update = service.update.bind(service) as (auth: unknown, options: object) => Promise<unknown>
    return update(auth, inBody<object>(definition, abortSignal, { version }))
  })
}

/** Removes it; its tasks end afterwards. One that is gone is fine. */
export async function removeService(engine: Engine, id: string, call?: Call): Promise<void> {
  await ask(engine, `remove service ${id}`, call, (abortSignal) =>
    tolerate(404, engine.docker.getService(pathPart(id)).remove(stop(abortSignal))),
  )
}
