import type { Attachment } from '@infrakit/spi'
import { publishedAt } from './ports.js'
import { fieldsOf, listOf, textOf, type Rendered } from './rendered.js'
import { referredTo } from './sides.js'

/** One container that is to be made of a rendered service. */
export interface Replica {
  readonly rendered: Rendered
  /** Name of the service that Compose makes it of; no other container of the project has it. */
  readonly service: string
  readonly container: string
  /** By which other services reach it. */
  readonly alias: string
  readonly labels: Readonly<Record<string, string>>
  /** In the order of its ports. */
  readonly hostPorts: readonly number[]
  readonly hostname?: string
  readonly attachments: readonly Attachment[]
}

/** What means something only for a service that Compose itself keeps, or was done before. */
const notOurs = [
  'build',
  'container_name',
  'depends_on',
  'develop',
  'env_file',
  'extends',
  'profiles',
  'pull_policy',
  'scale',
]

/** Compose reads what we hand it as it reads a file: a dollar of ours would be the beginning of a variable. */
function literally(text: string): string {
  return text.replaceAll('$', '$$$$')
}

function literalLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, literally(value)]))
}

function labelsOf(labels: unknown): Record<string, unknown> {
  if (!Array.isArray(labels)) return { ...fieldsOf(labels) }
  return Object.fromEntries(labels.map((one) => String(one).split(/=([^]*)/, 2)))
}

/** What limits it; how many there are, and how they are replaced, is not Compose's to decide. */
function deployOf(deploy: unknown): object {
  const { resources } = fieldsOf(deploy)
  return resources ? { deploy: { resources } } : {}
}

function networksOf(networks: unknown, alias: string): object {
  const named = Array.isArray(networks) ? Object.fromEntries(networks.map((one) => [String(one), null])) : networks
  const entries = Object.entries(fieldsOf(named)).map(([name, value]) => {
    const { aliases, ...rest } = fieldsOf(value)
    return [name, { ...rest, aliases: [...new Set([alias, ...listOf(aliases)])] }]
  })
  return entries.length > 0 ? { networks: Object.fromEntries(entries) as object } : {}
}

/** Where an attachment comes from. `SOURCE:TARGET[:ro]` is what Compose reads as well. */
export function attachedVolume({ ID }: Attachment): string | undefined {
  const [source = ''] = ID.split(':')
  return source.startsWith('/') ? undefined : source
}

function volumesOf({ rendered, attachments }: Replica) {
  const attached = attachments.map(attachedVolume).filter((name) => name !== undefined)
  const volumes = [...listOf(rendered.service['volumes']), ...attachments.map(({ ID }) => literally(ID))]
  const external = Object.fromEntries(attached.map((name) => [name, { name: literally(name), external: true }]))
  return {
    ofService: volumes.length > 0 ? { volumes } : {},
    ofProject: { ...rendered.volumes, ...external },
  }
}

/** Whether Compose itself puts something into the container as it starts it: content that is in no file of the host. */
export function isFilledAtStart({ secrets, configs }: Rendered): boolean {
  return [...Object.values(secrets), ...Object.values(configs)].some((one) => {
    const { content, environment } = fieldsOf(one)
    return content !== undefined || environment !== undefined
  })
}

function withoutKeys(fields: Readonly<Record<string, unknown>>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !keys.includes(key)))
}

/**
 * The project that Compose is handed to make one container: a service of its own, so that the container has labels of its own
 * and no scaling ever touches it. Pure.
 *
 * Services whose containers it uses are named in it and neither made nor changed.
 */
export function generate(replica: Replica): object {
  const { rendered, service: name, container, alias, labels, hostPorts, hostname } = replica
  const { service } = rendered
  const { ofService, ofProject } = volumesOf(replica)
  const stubs = referredTo(service).map((one) => [one, { image: rendered.image, network_mode: 'none' }])
  return {
    ...(rendered.version === undefined ? { name: rendered.project } : { version: rendered.version }),
    services: {
      ...(Object.fromEntries(stubs) as object),
      [name]: {
        ...withoutKeys(service, [...notOurs, 'deploy', 'networks', 'ports', 'volumes', 'labels']),
        ...deployOf(service['deploy']),
        ...networksOf(service['networks'], alias),
        ...ofService,
        ...(hostPorts.length > 0 ? { ports: publishedAt(service['ports'], hostPorts) } : {}),
        ...(hostname !== undefined && !textOf(service['hostname']) ? { hostname: literally(hostname) } : {}),
        image: rendered.image,
        container_name: literally(container),
        labels: { ...labelsOf(service['labels']), ...literalLabels(labels) },
      },
    },
    networks: rendered.networks,
    volumes: ofProject,
    secrets: rendered.secrets,
    configs: rendered.configs,
  }
}
