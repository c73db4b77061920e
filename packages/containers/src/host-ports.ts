import { InfrakitError } from '@infrakit/spi'

export interface PortRange {
  readonly first: number
  readonly last: number
}

/** Below what Linux gives to outgoing connections by itself (32768 and up), so that no client sits on a port that is to be kept. */
export const defaultPorts: PortRange = { first: 20_000, last: 29_999 }

/** Reads `20000-29999`. Throws `input`. */
export function parsePortRange(text: string): PortRange {
  const [, from, to] = /^(\d+)-(\d+)$/.exec(text) ?? []
  const [first, last] = [Number(from), Number(to)]
  if (first >= 1 && last >= first && last <= 65_535) return { first, last }
  throw new InfrakitError('input', `--ports ${text}: expected two ports, the lower one first`, {
    hint: 'For example --ports 20000-29999.',
  })
}

/** Hands out ports of a host, and none that it has handed out and that was not given back. */
export class HostPorts {
  readonly #reserved = new Set<number>()

  /** @param random draws from [0, 1): where to begin, so that a port that has just become free is not the next one used */
  constructor(
    private readonly range: PortRange,
    private readonly random: () => number,
  ) {}

  /**
   * Reserves a port.
   *
   * @param taken ports that are known to be in use
   * @param within where somebody wants it elsewhere than in the range that was given
   * @throws unavailable when none is left
   */
  reserve(taken: ReadonlySet<number>, within: PortRange = this.range): number {
    const { first, last } = within
    const count = last - first + 1
    const start = Math.floor(this.random() * count)
    for (let step = 0; step < count; step++) {
      const port = first + ((start + step) % count)
      if (taken.has(port) || this.#reserved.has(port)) continue
      this.#reserved.add(port)
      return port
    }
    throw new InfrakitError('unavailable', `no port from ${first} to ${last} is free on the host`, {
      hint: within === this.range ? 'Give the plugin more of them with --ports.' : 'Widen the range of host ports.',
    })
  }

  /** The port is free again, or its container now says that it is taken. */
  release(port: number): void {
    this.#reserved.delete(port)
  }
}
