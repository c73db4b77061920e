import { containerLabels, identityLabels } from '@infrakit/containers'
import { mountOf, type Port } from '@infrakit/containers/compose'
import type { Attachment, Tags } from '@infrakit/spi'
import type { ContainerSettings } from './settings.js'
import { labelOfSize, sizeOf } from './size.js'

export const labels = containerLabels('infrakit.instance-docker')

/** A container as it is to be made: what its properties say, and what makes it this instance. */
export interface NewContainer {
  readonly settings: ContainerSettings
  /** What to make it of: the digest that was resolved, or what the properties call it. */
  readonly image: string
  readonly owner: string
  /** See `Intents`; not for what is no instance. */
  readonly intent?: string
  readonly tags: Tags
  readonly logicalID: string | undefined
  readonly attachments: readonly Attachment[]
  /** Ports of the host, in the order of `settings.ports`. */
  readonly hostPorts: readonly number[]
}

const portKey = ({ container, protocol }: Port) => `${container}/${protocol}`

function bindingsOf(ports: readonly Port[], hostPorts: readonly number[]) {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {}
  for (const [at, port] of ports.entries()) {
    const one = { HostIp: port.hostIP ?? '', HostPort: String(hostPorts[at] ?? port.host ?? '') }
    ;(bindings[portKey(port)] ??= []).push(one)
  }
  return bindings
}

/** `SOURCE:TARGET:rw`: unlike a mount the engine makes a folder of the host when it is missing. */
function bindOf(attachment: Attachment): string {
  const { Source, Target, ReadOnly } = mountOf(attachment)
  return `${Source}:${Target}:${ReadOnly ? 'ro' : 'rw'}`
}

function restartOf({ hostConfig }: ContainerSettings): string | undefined {
  return ((hostConfig['RestartPolicy'] ?? {}) as { Name?: string }).Name
}

/** The body of the engine's `POST /containers/create`. Throws `input` for an attachment that cannot be. */
export function createBody(container: NewContainer): Record<string, unknown> {
  const { settings, image, owner, intent, tags, logicalID, attachments, hostPorts } = container
  const { config, hostConfig, networks, ports } = settings
  const exposed = Object.fromEntries(ports.map((port) => [portKey(port), {}]))
  const binds = [...((hostConfig['Binds'] as string[] | undefined) ?? []), ...attachments.map(bindOf)]
  const [first] = networks
  const allTags = { ...settings.tags, ...tags }
  const identity = { owner, tags: allTags, logicalID, hostPorts, restart: restartOf(settings) }
  const ours = {
    ...identityLabels(labels, { ...identity, ...(intent === undefined ? {} : { intent }) }),
    ...labelOfSize(sizeOf(settings)),
  }
  return {
    ...config,
    Image: image,
    ...(logicalID !== undefined && config['Hostname'] === undefined ? { Hostname: logicalID } : {}),
    Labels: { ...settings.labels, ...allTags, ...ours },
    ExposedPorts: { ...(config['ExposedPorts'] as object | undefined), ...exposed },
    HostConfig: {
      ...hostConfig,
      ...(first ? { NetworkMode: first.name } : {}),
      ...(ports.length > 0 ? { PortBindings: bindingsOf(ports, hostPorts) } : {}),
      ...(binds.length > 0 ? { Binds: binds } : {}),
    },
    // Engines before 25 take one network here; into the others it is put before it starts.
    ...(first ? { NetworkingConfig: { EndpointsConfig: { [first.name]: first.endpoint } } } : {}),
  }
}
