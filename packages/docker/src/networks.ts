import type Dockerode from 'dockerode'
import type { Call } from '@infrakit/spi'
import { expectList, expectObject, labelsOf, textOf, type Fields } from './answers.js'
import { ask } from './ask.js'
import type { Engine } from './engine.js'
import { labelFilters, type Filter } from './filters.js'
import { inBody, inspect, pathPart, stop } from './stop.js'
import { tolerate } from './tolerate.js'

export interface Network {
  readonly id: string
  readonly name: string
  readonly driver: string
  readonly labels: Readonly<Record<string, string>>
}

export interface NewNetwork {
  readonly name: string
  readonly labels?: Readonly<Record<string, string>>
  /** Default: `bridge`. */
  readonly driver?: string
  /** Whether there is no way out of it. */
  readonly internal?: boolean
}

function readNetwork(answer: Fields): Network {
  return {
    id: textOf(answer['Id']),
    name: textOf(answer['Name']),
    driver: textOf(answer['Driver']),
    labels: labelsOf(answer['Labels']),
  }
}

/** Makes a network and answers its id; `conflict` when the name is taken. */
export async function createNetwork(engine: Engine, wanted: NewNetwork, call?: Call): Promise<{ id: string }> {
  const attempt = `create network ${wanted.name}`
  return ask(engine, attempt, call, async (abortSignal) => {
    const definition = {
      Name: wanted.name,
      // Older engines make a second one of the same name otherwise.
      CheckDuplicate: true,
      Driver: wanted.driver ?? 'bridge',
      Internal: wanted.internal ?? false,
      Labels: { ...wanted.labels },
    }
    const { id } = await engine.docker.createNetwork(inBody<Dockerode.NetworkCreateOptions>(definition, abortSignal))
    return { id: textOf(expectObject(engine, attempt, { id }, ['id'])['id']) }
  })
}

/** By id or name; `not-found`. */
export async function inspectNetwork(engine: Engine, id: string, call?: Call): Promise<Network> {
  const attempt = `inspect network ${id}`
  return ask(engine, attempt, call, async (abortSignal) => {
    const answer: unknown = await inspect(engine.docker.getNetwork(pathPart(id)), abortSignal)
    return readNetwork(expectObject(engine, attempt, answer, ['Id', 'Name']))
  })
}

export async function listNetworks(engine: Engine, filter: Filter = {}, call?: Call): Promise<Network[]> {
  return ask(engine, 'list networks', call, async (abortSignal) => {
    const filters = { label: labelFilters(filter.labels) }
    const answer: unknown = await engine.docker.listNetworks({ filters, abortSignal })
    return expectList(engine, 'list networks', answer, ['Id', 'Name']).map(readNetwork)
  })
}

/** Puts a container into a network. @param endpoint the engine's own words for it there: `Aliases`, `IPAMConfig`, ... */
export async function connectNetwork(
  engine: Engine,
  network: string,
  container: string,
  endpoint: Fields = {},
  call?: Call,
): Promise<void> {
  await ask(engine, `connect container ${container} to network ${network}`, call, (abortSignal) =>
    engine.docker
      .getNetwork(pathPart(network))
      .connect({ Container: container, EndpointConfig: { ...endpoint }, ...stop(abortSignal) }),
  )
}

/** One that is gone is fine; `input` or `conflict` when containers are in it. */
export async function removeNetwork(engine: Engine, id: string, call?: Call): Promise<void> {
  await ask(engine, `remove network ${id}`, call, (abortSignal) =>
    tolerate(404, engine.docker.getNetwork(pathPart(id)).remove({ abortSignal })),
  )
}
