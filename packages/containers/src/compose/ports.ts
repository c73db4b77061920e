import { z } from 'zod'

/** A port of the container, and where it is to be published. */
export interface Port {
  readonly container: number
  readonly protocol: 'tcp' | 'udp' | 'sctp'
  /** Address of the host; all of them when absent. */
  readonly hostIP?: string
  /** Left open: the plugin chooses one. */
  readonly host?: number
  /** Of a swarm: at its node, or at every one. */
  readonly mode?: 'host' | 'ingress'
}

const protocol = z.enum(['tcp', 'udp', 'sctp'])
const number = z.int().min(1).max(65_535)

const long = z.strictObject({
  target: number.describe('Port of the container'),
  published: z
    .union([number, z.string().regex(/^\d+$/, 'expected one port').transform(Number).pipe(number)])
    .nullish()
    .describe('Port of the host; without it the plugin chooses one and keeps it'),
  host_ip: z.string().nullish().describe('Address of the host; default all'),
  protocol: protocol.nullish().describe('Default tcp'),
  mode: z.enum(['host', 'ingress']).nullish().describe('Of a swarm: at its node, or at every one; elsewhere not used'),
  name: z.string().nullish().describe('For people'),
})

function range(text: string): number[] | undefined {
  const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? []
  const [first, last] = [Number(from), Number(to)]
  if (!(first >= 1 && last >= first && last <= 65_535)) return undefined
  return Array.from({ length: last - first + 1 }, (_, at) => first + at)
}

/** An IPv6 address stands in brackets. */
function splitAddress(text: string): { hostIP: string | undefined; rest: string[] } {
  const [, address, rest] = /^\[([^\]]+)\]:(.*)$/.exec(text) ?? []
  if (rest !== undefined) return { hostIP: address, rest: rest.split(':') }
  const parts = text.split(':')
  return parts.length === 3 ? { hostIP: parts[0], rest: parts.slice(1) } : { hostIP: undefined, rest: parts }
}

/** Reads Compose's short form, `[address:][host:]container[/protocol]`, each port also a range. Answers what is wrong as a text. */
export function parsePort(text: string): Port[] | string {
  const [place = '', kind = 'tcp', ...more] = text.split('/')
  const { hostIP, rest } = splitAddress(place)
  const [containerText = '', hostText = ''] = [...rest].reverse()
  if (more.length > 0 || rest.length > 2) return 'expected [address:][host:]container[/protocol]'
  const known = protocol.safeParse(kind)
  if (!known.success) return 'the protocol is tcp, udp or sctp'
  const containers = range(containerText)
  const hosts = hostText === '' ? undefined : range(hostText)
  if (!containers || (hostText !== '' && !hosts)) return 'ports are whole numbers from 1 to 65535'
  if (hosts && hosts.length !== containers.length) return 'both ranges must have the same length'
  return containers.map((container, at) => ({
    container,
    protocol: known.data,
    ...(hostIP ? { hostIP } : {}),
    ...(hosts ? { host: hosts[at] as number } : {}),
  }))
}

/** The published ports, in either form. */
export const ports = z.array(z.union([number, z.string(), long])).transform((all, context) =>
  all.flatMap((one, at): Port[] => {
    if (typeof one === 'object') {
      const { target, published, host_ip, protocol: kind, mode } = one
      return [
        {
          container: target,
          protocol: kind ?? 'tcp',
          ...(host_ip ? { hostIP: host_ip } : {}),
          ...(published == null ? {} : { host: published }),
          ...(mode ? { mode } : {}),
        },
      ]
    }
    const read = parsePort(String(one))
    if (typeof read !== 'string') return read
    context.addIssue({ code: 'custom', path: [at], message: `${read}, got "${String(one)}"` })
    return []
  }),
)

/** Ports that are only made known, e.g. `80` or `53/udp`: the engine's `ExposedPorts`. */
export const exposed = z.array(z.union([number, z.string()])).transform((all, context) =>
  all.flatMap((one, at) => {
    const read = parsePort(String(one))
    if (typeof read !== 'string' && read.every(({ host, hostIP }) => host === undefined && hostIP === undefined))
      return read
    context.addIssue({ code: 'custom', path: [at], message: `expected container[/protocol], got "${String(one)}"` })
    return []
  }),
)
