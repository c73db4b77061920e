import { endpointsOf, type Endpoint, type InstanceDescription } from '@infrakit/spi'

export interface Address {
  readonly host: string
  readonly port: number
}

/** `Properties` are anybody's: what merely bears the name of an endpoint is passed over. */
function isReachable(endpoint: Endpoint): boolean {
  const { Host, Port, Protocol } = (endpoint ?? {}) as Partial<Endpoint>
  const isTCP = typeof Protocol !== 'string' || Protocol.toLowerCase() !== 'udp'
  return typeof Host === 'string' && Host !== '' && Number.isInteger(Port) && isTCP
}

/** Where an instance is reached: at the endpoint of a port in the instance, or its first. `undefined` when it tells none. */
export function addressOf(description: InstanceDescription, port: number | undefined): Address | undefined {
  const endpoints = endpointsOf(description).filter(isReachable)
  const found = endpoints.find((one) => port === undefined || (one.ContainerPort ?? one.Port) === port)
  return found && { host: found.Host, port: found.Port }
}

/** `10.0.0.1:80`, `[::1]:80`. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
