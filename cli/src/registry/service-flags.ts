import { InfrakitError, type ServiceCheck, type ServiceEntry } from '@infrakit/spi'
import { secondsOption } from './option-values.js'

/** How a service is described on the command line. */
export interface ServiceFlags {
  readonly service?: string
  readonly id?: string
  readonly address?: string
  readonly tag?: readonly string[]
  readonly http?: string
  readonly tcp?: string
  readonly ttl?: string
  readonly interval?: string
  readonly checkTimeout?: string
}

/** The service that the flags describe. What they hold is checked by the registry. Throws `input`. */
export function serviceFromFlags(flags: ServiceFlags): ServiceEntry {
  const { service, address, tag } = flags
  if (service === undefined || address === undefined) {
    throw new InfrakitError('input', 'expected a file, or --service and --address', {
      hint: "see 'infrakit registry register --help'",
    })
  }
  const colon = address.lastIndexOf(':')
  const Port = Number(address.slice(colon + 1))
  if (colon < 1 || !Number.isInteger(Port)) {
    throw new InfrakitError('input', `--address: expected HOST:PORT, got '${address}'`)
  }
  const Check = checkFromFlags(flags)
  return {
    Name: service,
    ID: flags.id ?? service,
    Address: address.slice(0, colon).replace(/^\[(.*)\]$/, '$1'),
    Port,
    ...(tag ? { Tags: [...tag] } : {}),
    ...(Check ? { Check } : {}),
  }
}

function checkFromFlags({ http, tcp, ttl, interval, checkTimeout }: ServiceFlags): ServiceCheck | undefined {
  const [TTLSeconds, IntervalSeconds, TimeoutSeconds] = [
    secondsOption('--ttl', ttl),
    secondsOption('--interval', interval),
    secondsOption('--check-timeout', checkTimeout),
  ]
  const ways = [http, tcp, ttl].filter((one) => one !== undefined)
  if (ways.length > 1) throw new InfrakitError('input', 'expected one of --http, --tcp and --ttl')
  if (ways.length === 0) return undefined
  return {
    HTTP: http ?? null,
    TCP: tcp ?? null,
    TTLSeconds: TTLSeconds ?? null,
    IntervalSeconds: IntervalSeconds ?? null,
    TimeoutSeconds: TimeoutSeconds ?? null,
  }
}
