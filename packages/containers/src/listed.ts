import type { ListedContainer } from '@infrakit/docker'
import type { Endpoint, InstanceDescription } from '@infrakit/spi'

const everyAddress: ReadonlySet<string> = new Set(['', '0.0.0.0', '::'])

function isSame(one: Endpoint, other: Endpoint): boolean {
  return one.Host === other.Host && one.Port === other.Port && one.Protocol === other.Protocol
}

/**
 * Where a container listens: its published ports first, then its own addresses, by port.
 *
 * @param host by which the engine's host is reached
 */
export function endpointsOf(container: ListedContainer, host: string): Endpoint[] {
  const published = container.ports.map(({ hostIp, hostPort, containerPort, protocol }) => ({
    Host: everyAddress.has(hostIp) ? host : hostIp,
    Port: hostPort,
    ContainerPort: containerPort,
    Protocol: protocol,
  }))
  const addresses = Object.values(container.addresses).filter((address) => address !== '')
  const own = container.containerPorts.flatMap(({ port, protocol }) =>
    addresses.map((Host) => ({ Host, Port: port, ContainerPort: port, Protocol: protocol })),
  )
  const byPort = (a: { ContainerPort: number }, b: { ContainerPort: number }) => a.ContainerPort - b.ContainerPort
  // The engine lists a port twice that is published for both versions of IP.
  const all = [...published.sort(byPort), ...own.sort(byPort)]
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
export function endOf({ status }: Pick<ListedContainer, 'status'>, outOfMemory: boolean): string {
  const code = Number(/^(?:Exited|Restarting|Dead) \((-?\d+)\)/.exec(status)?.[1] ?? NaN)
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
  switch (container.state) {
    case 'running':
      return {}
    case 'restarting':
      return { StateReason: `${endOf(container, outOfMemory)}; the engine starts it again` }
    case 'paused':
      return { StateReason: 'is paused' }
    case 'removing':
      return { State: 'failed', StateReason: 'is being removed' }
    default:
      return parked ? { State: 'stopped' } : { State: 'failed', StateReason: endOf(container, outOfMemory) }
  }
}

/** What the engine's own health check says; `undefined` where there is none. */
export function healthOf({
  status,
}: Pick<ListedContainer, 'status'>): 'healthy' | 'unhealthy' | 'starting' | undefined {
  const [, said] = /\((healthy|unhealthy|health: starting)\)$/.exec(status) ?? []
  return said === 'health: starting' ? 'starting' : (said as 'healthy' | 'unhealthy' | undefined)
}

/** Digits of a container's ID that people see and type. */
const idLength = 12

/** An instance's ID: what `docker ps` shows. */
export function instanceID({ id }: Pick<ListedContainer, 'id'>): string {
  return id.slice(0, idLength)
}
