import { fieldsOf, labelsOf, textOf, type Fields } from './answers.js'

export type ContainerState = 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead'

/** A port of a container that is reached through one of the host. */
export interface PublishedPort {
  readonly hostIp: string
  readonly hostPort: number
  readonly containerPort: number
  /** `tcp`, `udp` or `sctp`. */
  readonly protocol: string
}

export interface ContainerPort {
  readonly port: number
  /** `tcp`, `udp` or `sctp`. */
  readonly protocol: string
}

/** A container as lists have it. */
export interface ContainerSummary {
  readonly id: string
  /** Without the slash that the engine puts before it. */
  readonly name: string
  /** As it was given when the container was made. */
  readonly image: string
  /** `sha256:...` */
  readonly imageId: string
  readonly labels: Readonly<Record<string, string>>
  readonly state: ContainerState
  readonly ports: readonly PublishedPort[]
  /** All ports that it has, published or not; empty while the container does not run. */
  readonly containerPorts: readonly ContainerPort[]
  /** Address in each network, by the network's name; empty while the container does not run. */
  readonly addresses: Readonly<Record<string, string>>
}

export interface ListedContainer extends ContainerSummary {
  /** For people: `Up 3 seconds (healthy)`, `Exited (137) 2 minutes ago`. A list has exit code and health nowhere else. */
  readonly status: string
}

export interface Container extends ContainerSummary {
  /** How long it may take to end when it is told to (s); `undefined` where the engine's 10 s count. */
  readonly graceSeconds: number | undefined
  /** 0 while it runs. */
  readonly exitCode: number
  /** Why it could not be started, in the engine's words; empty when it could. */
  readonly error: string
  readonly outOfMemory: boolean
  /** ISO 8601 as the engine writes it; `0001-01-01T00:00:00Z` when it never was. */
  readonly startedAt: string
  readonly finishedAt: string
  /** Of the image's or container's own check: `starting`, `healthy`, `unhealthy`; `undefined` without one. */
  readonly health: string | undefined
  /** Whether its output is that of a terminal, which does not tell standard output and error apart. */
  readonly terminal: boolean
}

function addressesOf(networkSettings: unknown): Record<string, string> {
  const networks = fieldsOf(fieldsOf(networkSettings)['Networks'])
  return Object.fromEntries(Object.entries(networks).map(([name, one]) => [name, textOf(fieldsOf(one)['IPAddress'])]))
}

function withoutSlash(name: unknown): string {
  return textOf(name).replace(/^\//, '')
}

function listedPorts(value: unknown): PublishedPort[] {
  return (Array.isArray(value) ? value : [])
    .map(fieldsOf)
    .filter(({ PublicPort }) => typeof PublicPort === 'number')
    .map(({ IP, PublicPort, PrivatePort, Type }) => ({
      hostIp: textOf(IP),
      hostPort: Number(PublicPort),
      containerPort: Number(PrivatePort),
      protocol: textOf(Type),
    }))
}

function listedContainerPorts(value: unknown): ContainerPort[] {
  const all = (Array.isArray(value) ? value : []).map(fieldsOf)
  return distinct(all.map(({ PrivatePort, Type }) => ({ port: Number(PrivatePort), protocol: textOf(Type) })))
}

function inspectedContainerPorts(value: unknown): ContainerPort[] {
  return Object.keys(fieldsOf(value)).map((key) => {
    const [port, protocol = 'tcp'] = key.split('/')
    return { port: Number(port), protocol }
  })
}

/** The engine lists a port once for each address at which it is published. */
function distinct(ports: readonly ContainerPort[]): ContainerPort[] {
  return ports.filter(
    ({ port, protocol }, at) => ports.findIndex((one) => one.port === port && one.protocol === protocol) === at,
  )
}

function inspectedPorts(value: unknown): PublishedPort[] {
  return Object.entries(fieldsOf(value)).flatMap(([key, bindings]) => {
    const [port, protocol = 'tcp'] = key.split('/')
    return (Array.isArray(bindings) ? bindings : []).map(fieldsOf).map(({ HostIp, HostPort }) => ({
      hostIp: textOf(HostIp),
      hostPort: Number(HostPort),
      containerPort: Number(port),
      protocol,
    }))
  })
}

/** Reads one entry of the engine's list. Pure. */
export function readListed(listed: Fields): ListedContainer {
  return {
    id: textOf(listed['Id']),
    // Links give a container more names, `/other/name`; its own has one slash.
    name: withoutSlash((listed['Names'] as unknown[] | null | undefined)?.find((one) => /^\/[^/]+$/.test(textOf(one)))),
    image: textOf(listed['Image']),
    imageId: textOf(listed['ImageID']),
    labels: labelsOf(listed['Labels']),
    state: textOf(listed['State']) as ContainerState,
    status: textOf(listed['Status']),
    ports: listedPorts(listed['Ports']),
    containerPorts: listedContainerPorts(listed['Ports']),
    addresses: addressesOf(listed['NetworkSettings']),
  }
}

/** Reads what the engine tells about one container. Pure. */
export function readContainer(inspected: Fields): Container {
  const [config, state] = [fieldsOf(inspected['Config']), fieldsOf(inspected['State'])]
  return {
    id: textOf(inspected['Id']),
    name: withoutSlash(inspected['Name']),
    image: textOf(config['Image']),
    imageId: textOf(inspected['Image']),
    labels: labelsOf(config['Labels']),
    state: textOf(state['Status']) as ContainerState,
    ports: inspectedPorts(fieldsOf(inspected['NetworkSettings'])['Ports']),
    containerPorts: inspectedContainerPorts(fieldsOf(inspected['NetworkSettings'])['Ports']),
    graceSeconds: typeof config['StopTimeout'] === 'number' ? config['StopTimeout'] : undefined,
    addresses: addressesOf(inspected['NetworkSettings']),
    exitCode: Number(state['ExitCode'] ?? 0),
    error: textOf(state['Error']),
    outOfMemory: state['OOMKilled'] === true,
    startedAt: textOf(state['StartedAt']),
    finishedAt: textOf(state['FinishedAt']),
    health: textOf(fieldsOf(state['Health'])['Status']) || undefined,
    terminal: config['Tty'] === true,
  }
}
