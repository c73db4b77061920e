import { fieldsOf, listOf, textOf } from './rendered.js'

type Fields = Readonly<Record<string, unknown>>

/** What only one container can have. */
export interface Fixed {
  /** In words: `the name shop`, `port 8080 of the host`. */
  readonly what: string
  /** Whether one that is stopped has it as well. */
  readonly always: boolean
}

function fixedPort(port: unknown): Fixed[] {
  const published = String(fieldsOf(port)['published'] ?? '')
  return /^\d+$/.test(published) && published !== '0' ? [{ what: `port ${published} of the host`, always: false }] : []
}

function fixedAddress(network: unknown): Fixed[] {
  const { ipv4_address, ipv6_address } = fieldsOf(network)
  return [ipv4_address, ipv6_address]
    .map(textOf)
    .filter((one) => one !== undefined)
    .map((one) => ({ what: `the address ${one}`, always: false }))
}

/**
 * What a service claims for itself alone, so that there can be one replica of it at a time. Pure.
 *
 * @param named whether its `container_name` counts, which it does not under another name
 */
export function fixedParts(service: Fields, named: boolean): Fixed[] {
  const name = named ? textOf(service['container_name']) : undefined
  const address = textOf(service['mac_address'])
  return [
    ...(name === undefined ? [] : [{ what: `the name ${name}`, always: true }]),
    ...listOf(service['ports']).flatMap(fixedPort),
    ...Object.values(fieldsOf(service['networks'])).flatMap(fixedAddress),
    ...(address === undefined ? [] : [{ what: `the address ${address}`, always: false }]),
  ]
}
