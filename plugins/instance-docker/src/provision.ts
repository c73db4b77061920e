import { randomBytes } from 'node:crypto'
import { makeInstance, runInit, type Intents } from '@infrakit/containers'
import { connectNetwork, createContainer, pullImage, startContainer, type Engine } from '@infrakit/docker'
import { failpoint } from '@infrakit/host'
import { InfrakitError, kindOf, type Call, type InstanceSpec } from '@infrakit/spi'
import { containerName } from './container-name.js'
import { createBody } from './create-body.js'
import type { DockerProperties } from './properties.js'

export interface Provisioning {
  readonly engine: Engine
  readonly owner: string
  readonly properties: DockerProperties
  readonly spec: InstanceSpec
  /** Ports of the host, in the order of the properties' ports. */
  readonly hostPorts: readonly number[]
  readonly intents: Intents
}

async function complete({ engine, properties, spec }: Provisioning, id: string): Promise<void> {
  const [, ...others] = properties.settings.networks
  for (const { name: network, endpoint } of others) {
    await connectNetwork(engine, network, id, endpoint)
  }
  failpoint('provision/created')
  await startContainer(engine, id)
  failpoint('provision/started')
  await runInit(engine, id, properties, spec)
  failpoint('provision/initialized')
}

async function create({ engine, properties, owner, spec, hostPorts }: Provisioning, name: string, intent: string) {
  const { image, resolvedImage, settings } = properties
  const definition = createBody({
    settings,
    image: resolvedImage ?? image,
    owner,
    intent,
    tags: spec.Tags ?? {},
    logicalID: spec.LogicalID ?? undefined,
    attachments: spec.Attachments ?? [],
    hostPorts,
  })
  try {
    return await createContainer(engine, { name, definition, platform: settings.platform })
  } catch (error) {
    if (kindOf(error) !== 'conflict') throw error
    throw new InfrakitError('conflict', `the name ${name} is in use by another container`, {
      hint: 'It is that of an instance that is still there, or somebody made it: remove it, or give another logical ID.',
      cause: error,
    })
  }
}

/** Has the engine pull the image where it has to. Throws what `pullImage` does. */
export async function pull(engine: Engine, properties: DockerProperties, call?: Call): Promise<void> {
  const { image, resolvedImage, settings } = properties
  await pullImage(engine, resolvedImage ?? image, { policy: settings.pull, platform: settings.platform }, call)
}

/**
 * Makes a container, starts it and runs its commands, as `makeInstance` promises.
 *
 * Answers the container's ID. Throws InfrakitError with the engine's reason.
 */
export async function provision(provisioning: Provisioning): Promise<string> {
  const { engine, properties, spec, intents } = provisioning
  const name = containerName(spec.Tags ?? {}, spec.LogicalID ?? undefined, randomBytes(4).toString('hex'))
  await pull(engine, properties)
  return makeInstance({
    engine,
    intents,
    name,
    create: (intent) => create(provisioning, name, intent),
    complete: (id) => complete(provisioning, id),
  })
}
