import { openEngine, type EngineAddress } from '@infrakit/docker'
import { defaultPorts, HostPorts, parsePortRange } from './host-ports.js'
import { Host, type HostOptions } from './host.js'

/** Flags of plugins that make containers, as they are read. */
export interface ContainerFlags {
  readonly ports?: string
  readonly namespace?: string
  readonly endpointHost?: string
}

type Flag = readonly [flag: string, meaning: string]

const { first, last } = defaultPorts

/** The same flags as a command line takes them. */
export const containerFlags = {
  ports: ['--ports <range>', `ports of each host to publish at (default: ${first}-${last})`] as Flag,
  namespace: [
    '--namespace <name>',
    "whose containers they are; plugins that share an engine need different ones (default: the plugin's name)",
  ] as Flag,
  endpointHost: [
    '--endpoint-host <host>',
    'by which ports are reached that an engine on a Unix socket publishes (default: 127.0.0.1)',
  ] as Flag,
}

/** The ports that `--ports` means. Throws `input`. */
export function portsOf({ ports }: Pick<ContainerFlags, 'ports'>): HostPorts {
  return new HostPorts(ports ? parsePortRange(ports) : defaultPorts, Math.random)
}

/** By which a host is called that nobody has named. */
export function usualName(address: EngineAddress): string {
  return 'host' in address ? address.host : 'local'
}

/** The engine at an address, as a host to make containers on. */
export async function openHost(
  address: EngineAddress,
  { endpointHost = '127.0.0.1' }: Pick<ContainerFlags, 'endpointHost'>,
  more: Pick<HostOptions, 'name' | 'labels' | 'owner' | 'ports'>,
): Promise<Host> {
  const engine = await openEngine(address)
  return new Host({ ...more, engine, endpointHost: 'host' in address ? address.host : endpointHost })
}
