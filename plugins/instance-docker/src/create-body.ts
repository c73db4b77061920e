import { InfrakitError, type Attachment, type Tags } from '@infrakit/spi'
import { parseVolume, type Mount } from './compose/mounts.js'
import type { Port } from './compose/ports.js'
import { intentLabel } from './intents.js'
import type { ContainerSettings } from './settings.js'
import { labelOfSize, sizeOf } from './size.js'

/** The one label by which the engine is asked for a plugin's containers; it says which plugin. Never changes. */
export const ownerLabel = 'infrakit.instance-docker'

/** The tags that it was made with, as JSON: an image's labels are labels of its containers, and no tags. */
export const tagsLabel = 'infrakit.instance-docker.tags'
export const logicalIDLabel = 'infrakit.instance-docker.logical-id'

/** Ports of the host that it keeps, also while it is stopped and the engine's list says nothing of them: `20001,20002`. */
export const portsLabel = 'infrakit.instance-docker.ports'

/** How its engine restarts it by itself; not there when it never does. */
export const restartLabel = 'infrakit.instance-docker.restart'

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

/** What is attached, as a mount: `ID` says where it comes from and where it is shown. Throws `input`. */
export function mountOf({ ID, Type }: Attachment): Mount {
  const read = parseVolume(ID)
  const refuse = (why: string) =>
    new InfrakitError('input', `Spec.Attachments: '${ID}': ${why}`, {
      path: 'Spec.Attachments',
      hint: 'An ID is SOURCE:TARGET or SOURCE:TARGET:ro, where SOURCE is a volume or an absolute path.',
    })
  if (typeof read === 'string') throw refuse(read)
  if (read.Source === undefined) throw refuse('says not where it comes from')
  if (Type !== '' && Type !== read.Type) throw refuse(`is a ${read.Type}, not a ${Type}`)
  return read
}

/** `SOURCE:TARGET:rw`: unlike a mount the engine makes a folder of the host when it is missing. */
function bindOf(attachment: Attachment): string {
  const { Source, Target, ReadOnly } = mountOf(attachment)
  return `${Source}:${Target}:${ReadOnly ? 'ro' : 'rw'}`
}

function restartOf({ hostConfig }: ContainerSettings): Record<string, string> {
  const { Name } = (hostConfig['RestartPolicy'] ?? {}) as { Name?: string }
  return Name === undefined || Name === '' || Name === 'no' ? {} : { [restartLabel]: Name }
}

/** The body of the engine's `POST /containers/create`. Throws `input` for an attachment that cannot be. */
export function createBody(container: NewContainer): Record<string, unknown> {
  const { settings, image, owner, intent, tags, logicalID, attachments, hostPorts } = container
  const { config, hostConfig, networks, ports, labels } = settings
  const exposed = Object.fromEntries(ports.map((port) => [portKey(port), {}]))
  const binds = [...((hostConfig['Binds'] as string[] | undefined) ?? []), ...attachments.map(bindOf)]
  const [first] = networks
  const allTags = { ...settings.tags, ...tags }
  const ours = {
    [ownerLabel]: owner,
    [tagsLabel]: JSON.stringify(allTags),
    ...(intent === undefined ? {} : { [intentLabel]: intent }),
    ...(logicalID === undefined ? {} : { [logicalIDLabel]: logicalID }),
    ...(hostPorts.length > 0 ? { [portsLabel]: hostPorts.join(',') } : {}),
    ...restartOf(settings),
    ...labelOfSize(sizeOf(settings)),
  }
  return {
    ...config,
    Image: image,
    ...(logicalID !== undefined && config['Hostname'] === undefined ? { Hostname: logicalID } : {}),
    Labels: { ...labels, ...allTags, ...ours },
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
