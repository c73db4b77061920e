import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { InfrakitError, messageOf } from '@infrakit/spi'

/** All addresses of a host. Throws what says why there are none. */
export type Lookup = (host: string) => Promise<string[]>

/** What hosts' names stand for, as it was last found out. A question that fails changes nothing. */
export interface Addresses {
  /** `undefined` when nobody knows. */
  of(host: string): string | undefined
  /** Takes what was known in an earlier life. */
  remember(host: string, address: string): void
  /** Finds out those that are not known, or of old. Throws `input`, naming one that nobody knows, once all have been asked for. */
  learn(hosts: Iterable<string>): Promise<void>
  /** Asks for all of these again. @returns those that stand for another address now */
  refresh(hosts: Iterable<string>): Promise<string[]>
}

interface Known {
  readonly address: string
  /** When it was last asked for. */
  readonly at: number
}

/** What has not been asked for again for so long is in use no more, and may have changed (ms). */
const trustMs = 60_000

const lookUp: Lookup = async (host) =>
  (await lookup(host, { all: true, order: 'ipv4first' })).map(({ address }) => address)

export function createAddresses(ask: Lookup = lookUp, now: () => number = () => performance.now()): Addresses {
  const known = new Map<string, Known>()
  const namesIn = (hosts: Iterable<string>) => [...new Set(hosts)].filter((host) => isIP(host) === 0)

  /** Of several addresses the one in use stays; else it is the first in an order that does not depend on the answer's. */
  async function find(host: string): Promise<string> {
    const all = await ask(host)
    const before = known.get(host)?.address
    const [first] = all.filter((one) => isIP(one) === 4).sort()
    const address = before !== undefined && all.includes(before) ? before : (first ?? [...all].sort()[0])
    if (address === undefined) throw new Error('it has no address')
    known.set(host, { address, at: now() })
    return address
  }

  return {
    of: (host) => (isIP(host) === 0 ? known.get(host)?.address : host),
    remember(host, address) {
      if (isIP(host) === 0 && isIP(address) !== 0) known.set(host, { address, at: now() })
    },
    async learn(hosts) {
      const asked = namesIn(hosts).filter((host) => now() - (known.get(host)?.at ?? -Infinity) > trustMs)
      const results = await Promise.allSettled(asked.map(find))
      const at = results.findIndex(({ status }) => status === 'rejected')
      const failed = results[at]
      if (failed?.status === 'rejected') throw unknownHost(asked[at] ?? '', failed.reason)
    },
    async refresh(hosts) {
      const changed = await Promise.all(
        namesIn(hosts).map(async (host) => {
          const before = known.get(host)
          const address = await find(host).catch(() => undefined)
          if (address === undefined) {
            if (before) known.set(host, { ...before, at: now() })
            return []
          }
          return address === before?.address ? [] : [host]
        }),
      )
      return changed.flat()
    },
  }
}

function unknownHost(host: string, cause: unknown): InfrakitError {
  return new InfrakitError('input', `Host: the host '${host}' cannot be looked up: ${messageOf(cause)}`, {
    path: 'Host',
    hint: 'Correct its name, see that it can be looked up, or give an address.',
    cause,
  })
}
