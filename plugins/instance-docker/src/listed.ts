import type { Endpoint, InstanceDescription } from '@infrakit/spi'

/** What of the engine's list of containers (`GET /containers/json`) is looked at. */
export interface ListedContainer {
  readonly Id: string
  readonly Names: readonly string[]
  readonly Image: string
  /** created, running, paused, restarting, removing, exited or dead. */
  readonly State: string
  /** For people: `Up 3 seconds (healthy)`, `Exited (137) 2 minutes ago`. The list has exit code and health nowhere else. */
  readonly Status: string
  readonly Labels: Readonly<Record<string, string>>
  readonly Ports: readonly ListedPort[]
  readonly NetworkSettings?: {
    readonly Networks?: Readonly<Record<string, { readonly IPAddress?: string }>> | null
  } | null
}

export interface ListedPort {
  readonly IP?: string
  readonly PrivatePort: number
  /** Absent: the port is not published. */
  readonly PublicPort?: number
  readonly Type: string
}

const everyAddress: ReadonlySet<string> = new Set(['', '0.0.0.0', '::'])

function addressesOf({ NetworkSettings }: ListedContainer): string[] {
  const all = Object.values(NetworkSettings?.Networks ?? {}).map(({ IPAddress }) => IPAddress ?? '')
  return [...new Set(all.filter((address) => address !== ''))]
}

function isSame(one: Endpoint, other: Endpoint): boolean {
  return one.Host === other.Host && one.Port === other.Port && one.Protocol === other.Protocol
}

/**
 * Where a container listens: its published ports first, then its own addresses, by port.
 *
 * @param host by which the engine's host is reached
 */
export function endpointsOf(container: ListedContainer, host: string): Endpoint[] {
  const ports = [...container.Ports].sort((a, b) => a.PrivatePort - b.PrivatePort)
  const published = ports.flatMap(({ IP = '', PrivatePort, PublicPort, Type }): Endpoint[] => {
    const Host = everyAddress.has(IP) ? host : IP
    return PublicPort ? [{ Host, Port: PublicPort, ContainerPort: PrivatePort, Protocol: Type }] : []
  })
  const own = ports.flatMap(({ PrivatePort, Type }) =>
    addressesOf(container).map((Host) => ({ Host, Port: PrivatePort, ContainerPort: PrivatePort, Protocol: Type })),
  )
  // The engine lists a port twice that is published for both versions of IP.
  const all = [...published, ...own]
  return all.filter((one, at) => all.findIndex((other) => isSame(one, other)) === at)
}

/** Signals that end processes, by exit code as a shell counts: 128 more. */
const signals: Readonly<Record<number, string>> = {
  129: 'SIGHUP',
  130: 'SIGINT',
  134: 'SIGABRT',
  137: 'SIGKILL',
  139: 'SIGSEGV',
  143: 'SIGTERM',
}

/** How a container ended, in words. @param outOfMemory the engine said that it used too much */
export function endOf({ Status }: Pick<ListedContainer, 'Status'>, outOfMemory: boolean): string {
  const code = Number(/^(?:Exited|Restarting|Dead) \((-?\d+)\)/.exec(Status)?.[1] ?? NaN)
  if (Number.isNaN(code)) return 'ended'
  const signal = signals[code]
  const words = `exited with code ${code}${signal ? ` (${signal})` : ''}`
  return outOfMemory ? `${words}: it used more memory than it may` : words
}

type State = Pick<InstanceDescription, 'State' | 'StateReason'>

/** What the plugin knows beside the engine. */
export interface Known {
  /** It was stopped through `Lifecycle`, and is to be kept so. */
  readonly parked: boolean
  readonly outOfMemory: boolean
}

/** What a container counts as. One that the engine starts again by itself is there: its health says the rest. */
export function stateOf(container: ListedContainer, { parked, outOfMemory }: Known): State {
  switch (container.State) {
    case 'running':
      return {}
    case 'restarting':
      return { StateReason: `${endOf(container, outOfMemory)}; the engine starts it again` }
    case 'paused':
      return { StateReason: 'is paused' }
    case 'removing':
      return { State: 'failed', StateReason: 'is being removed' }
    case 'created':
      return parked ? { State: 'stopped' } : { State: 'failed', StateReason: 'was never started' }
    default:
      return parked ? { State: 'stopped' } : { State: 'failed', StateReason: endOf(container, outOfMemory) }
  }
}

/** What the engine's own health check says; `undefined` where there is none. */
export function healthOf({
  Status,
}: Pick<ListedContainer, 'Status'>): 'healthy' | 'unhealthy' | 'starting' | undefined {
  const [, said] = /\((healthy|unhealthy|health: starting)\)$/.exec(Status) ?? []
  return said === 'health: starting' ? 'starting' : (said as 'healthy' | 'unhealthy' | undefined)
}

/** Digits of a container's ID that people see and type. */
const idLength = 12

/** An instance's ID: what `docker ps` shows. */
export function instanceID({ Id }: Pick<ListedContainer, 'Id'>): string {
  return Id.slice(0, idLength)
}
