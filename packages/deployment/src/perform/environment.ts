import { endpointsOf, type Endpoint, type InstanceDescription } from '@infrakit/spi'
import type { About } from '../actions.js'
import type { Ports } from '../ports.js'

/** An instance of the release, and where it listens. */
export interface Place {
  readonly instance: string
  readonly endpoints: readonly Endpoint[]
}

/** The running instances of a group. */
export async function placesOf(ports: Ports, { GroupPlugin, Group }: About, signal?: AbortSignal): Promise<Place[]> {
  const { group } = await ports.group(GroupPlugin)
  const { Description } = await group.describeGroup({ ID: Group }, { signal })
  const running = ({ State }: InstanceDescription) => State !== 'stopped' && State !== 'failed'
  return Description.Instances.filter(running).map((one) => ({ instance: one.ID, endpoints: endpointsOf(one) }))
}

export function addressOf({ Host, Port }: Endpoint): string {
  return Host.includes(':') ? `[${Host}]:${Port}` : `${Host}:${Port}`
}

/** What tests and hooks find in their environment. */
export function environmentOf(about: About, kind: string, places: readonly Place[]): Record<string, string> {
  const addresses = places.flatMap(({ endpoints }) => endpoints.slice(0, 1).map(addressOf))
  return {
    INFRAKIT_SERVICE: about.Service,
    INFRAKIT_RELEASE: String(about.Release),
    INFRAKIT_COLOUR: about.Colour,
    INFRAKIT_GROUP: about.Group,
    INFRAKIT_TEST: kind,
    INFRAKIT_ADDRESSES: addresses.join(' '),
    INFRAKIT_ADDRESS: addresses[0] ?? '',
  }
}
