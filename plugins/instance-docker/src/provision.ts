import { randomBytes } from 'node:crypto'
import {
  connectNetwork,
  createContainer,
  execInContainer,
  inspectContainer,
  pullImage,
  removeContainer,
  renameContainer,
  startContainer,
  type Engine,
} from '@infrakit/docker'
import { InfrakitError, kindOf, messageOf, type InstanceSpec } from '@infrakit/spi'
import { failpoint } from '@infrakit/host'
import { containerName, provisionalName } from './container-name.js'
import { createBody } from './create-body.js'
import type { DockerProperties } from './properties.js'
import type { Unfinished } from './unfinished.js'

export interface Provisioning {
  readonly engine: Engine
  readonly owner: string
  readonly properties: DockerProperties
  readonly spec: InstanceSpec
  /** Ports of the host, in the order of the properties' ports. */
  readonly hostPorts: readonly number[]
  readonly unfinished: Unfinished
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

function nameTaken(name: string, cause?: unknown): InfrakitError {
  return new InfrakitError('conflict', `the name ${name} is in use by another container`, {
    hint: 'It is that of an instance that is still there, or somebody made it: remove it, or give another logical ID.',
    cause,
  })
}

/** A pet whose predecessor is still there does not start beside it: both would have the same attachments. Throws `conflict`. */
async function refuseTwin(engine: Engine, name: string): Promise<void> {
  const twin = await inspectContainer(engine, name).catch((error: unknown) => {
    if (kindOf(error) === 'not-found') return undefined
    throw error
  })
  if (twin) throw nameTaken(name)
}

/** Throws `input` where commands are given that are not to be. */
export function refuseInit({ initMode }: DockerProperties, { Init }: InstanceSpec): void {
  if (!Init || initMode !== 'error') return
  throw new InfrakitError('input', 'Spec.Init: there are commands to run, which InitMode: error refuses', {
    path: 'Spec.Init',
    hint: 'Put them into the image, or set InitMode to exec.',
  })
}

async function complete(provisioning: Provisioning, id: string, name: string): Promise<void> {
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
  await renameContainer(engine, id, name).catch((error: unknown) => {
    throw kindOf(error) === 'conflict' ? nameTaken(name, error) : error
  })
  failpoint('provision/named')
}

/**
 * Makes a container, starts it, runs its commands, and gives it its name: from then on it is an instance. Where that
 * fails nothing is left; a plugin that is killed on the way leaves a provisional container, of which nobody was told.
 *
 * Answers the container's ID. Throws InfrakitError with the engine's reason.
 */
export async function provision(provisioning: Provisioning): Promise<string> {
  const { engine, owner, properties, spec, hostPorts, unfinished } = provisioning
  const { image, resolvedImage, settings } = properties
  const tags = spec.Tags ?? {}
  const random = randomBytes(4).toString('hex')
  const name = containerName(tags, spec.LogicalID ?? undefined, random)
  const wanted = resolvedImage ?? image
  if (spec.LogicalID) await refuseTwin(engine, name)
  await pullImage(engine, wanted, { policy: settings.pull, platform: settings.platform })
  const definition = createBody({
    settings,
    image: wanted,
    owner,
    tags,
    logicalID: spec.LogicalID ?? undefined,
    attachments: spec.Attachments ?? [],
    hostPorts,
  })
  const provisional = provisionalName(name, random)
  return unfinished.during(provisional, async () => {
    const { id } = await createContainer(engine, { name: provisional, definition, platform: settings.platform })
    try {
      await complete(provisioning, id, name)
      return id
    } catch (error) {
      throw await undone(engine, id, error)
    }
  })
}

/** Removes what was made. Answers why it was to be. */
async function undone(engine: Engine, id: string, reason: unknown): Promise<unknown> {
  try {
    await removeContainer(engine, id)
    return reason
  } catch (error) {
    return new InfrakitError(
      'plugin-failed',
      `${messageOf(reason)}; and container ${id.slice(0, 12)} could not be removed: ${messageOf(error)}`,
      { cause: reason, hint: 'The plugin removes it when it sees it again.' },
    )
  }
}
