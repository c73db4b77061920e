import { randomBytes } from 'node:crypto'
import {
  connectNetwork,
  createContainer,
  execInContainer,
  pullImage,
  removeContainer,
  startContainer,
  type Engine,
} from '@infrakit/docker'
import { InfrakitError, kindOf, messageOf, type InstanceSpec } from '@infrakit/spi'
import { failpoint } from '@infrakit/host'
import { containerName } from './container-name.js'
import { createBody } from './create-body.js'
import type { Intents } from './intents.js'
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

/** Lines of its output with which a failed script is told. */
const toldLines = 5

function lastLines(output: string): string {
  return output.trimEnd().split('\n').slice(-toldLines).join('\n')
}

/** Runs what the flavor asks for, once, in the container that has just started. Throws what it says when it fails. */
async function runInit({ engine, properties, spec }: Provisioning, id: string): Promise<void> {
  if (!spec.Init || properties.initMode === 'ignore') return
  const [shell = ''] = properties.initShell
  const command = [...properties.initShell, spec.Init]
  const { exitCode, stdout, stderr } = await execInContainer(engine, id, { command })
  if (exitCode === 0) return
  const said = lastLines(`${stdout}${stderr}`)
  if ((exitCode === 126 || exitCode === 127) && said.includes('exec failed')) {
    throw new InfrakitError('input', `the image has no shell ${shell} to run Init with`, {
      hint: 'Name one that it has in InitShell, or leave Init out with InitMode: ignore.',
    })
  }
  throw new InfrakitError('plugin-failed', `Init ended with exit code ${exitCode}: ${said}`)
}

/** Throws `input` where commands are given that are not to be. */
export function refuseInit({ initMode }: DockerProperties, { Init }: InstanceSpec): void {
  if (!Init || initMode !== 'error') return
  throw new InfrakitError('input', 'Spec.Init: there are commands to run, which InitMode: error refuses', {
    path: 'Spec.Init',
    hint: 'Put them into the image, or set InitMode to exec.',
  })
}

async function complete(provisioning: Provisioning, id: string): Promise<void> {
  const { engine, properties } = provisioning
  const [, ...others] = properties.settings.networks
  for (const { name: network, endpoint } of others) {
    await connectNetwork(engine, network, id, endpoint)
  }
  failpoint('provision/created')
  await startContainer(engine, id)
  failpoint('provision/started')
  await runInit(provisioning, id)
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

/**
 * Makes a container, starts it and runs its commands; when its intent is forgotten it is an instance. Where that fails
 * nothing is left; a plugin that is killed on the way leaves a container and its intent, of which nobody was told.
 *
 * Answers the container's ID. Throws InfrakitError with the engine's reason.
 */
export async function provision(provisioning: Provisioning): Promise<string> {
  const { engine, properties, spec, intents } = provisioning
  const { image, resolvedImage, settings } = properties
  const name = containerName(spec.Tags ?? {}, spec.LogicalID ?? undefined, randomBytes(4).toString('hex'))
  const policy = settings.pull
  await pullImage(engine, resolvedImage ?? image, { policy, platform: settings.platform })
  const intent = randomBytes(8).toString('hex')
  return intents.during(intent, name, async () => {
    let id: string | undefined
    try {
      id = (await create(provisioning, name, intent)).id
      await complete(provisioning, id)
      await intents.forget(intent)
      failpoint('provision/settled')
      return id
    } catch (error) {
      throw await undone(provisioning, intent, id, error)
    }
  })
}

/** Removes what was made. Answers why it was to be. */
async function undone(
  { engine, intents }: Provisioning,
  intent: string,
  id: string | undefined,
  reason: unknown,
): Promise<unknown> {
  try {
    // One that was made without our being told was never started, by which it is known.
    if (id !== undefined) await removeContainer(engine, id)
  } catch (error) {
    return new InfrakitError(
      'plugin-failed',
      `${messageOf(reason)}; and container ${id?.slice(0, 12)} could not be removed: ${messageOf(error)}`,
      { cause: reason, hint: 'The plugin removes it when it sees it again.' },
    )
  }
  // On a full disk the next look does it.
  await intents.forget(intent).catch(() => undefined)
  return reason
}
