import type { ContainerSettings } from '../settings.js'

const apart = ['Hostname', 'Domainname', 'MacAddress', 'ExposedPorts']
const apartOnHost = ['PortBindings', 'Dns', 'DnsSearch', 'DnsOptions', 'ExtraHosts', 'Links', 'NetworkMode']

function without(fields: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)))
}

/**
 * What a job takes of an instance's properties: nothing that would start it again, and beside an instance no network of its
 * own.
 *
 * @param beside ID of the container
 */
export function jobSettings(settings: ContainerSettings, beside: string | undefined): ContainerSettings {
  const hostConfig = without(settings.hostConfig, ['RestartPolicy', 'AutoRemove'])
  if (beside === undefined) return { ...settings, hostConfig, ports: [] }
  return {
    ...settings,
    config: without(settings.config, apart),
    // The same network as the instance has: what listens there on localhost is reached.
    hostConfig: { ...without(hostConfig, apartOnHost), NetworkMode: `container:${beside}` },
    networks: [],
    ports: [],
  }
}
