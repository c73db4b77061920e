import { instanceID, type Host, type Hosts, type Instances, type Placed } from '@infrakit/containers'
import { tag, type InstanceSpec } from '@infrakit/spi'
import { createTurns } from '@infrakit/store'
import type { DockerProperties } from '../properties.js'
import { listedSize, sizeOf, sumOf, type Size } from '../size.js'
import { chooseHost, labelledHosts } from './placement.js'

/** An instance that is being made and that a listing may not show yet. */
interface Coming {
  readonly host: Host
  readonly group: string | undefined
  readonly size: Size
  /** Its ID, once it is there. */
  id?: string
}

/** Finds hosts for instances, minding those that are being made at the same time. */
export class Placer {
  readonly #coming = new Set<Coming>()
  readonly #inTurn = createTurns()

  constructor(
    private readonly hosts: Hosts,
    private readonly instances: Instances,
  ) {}

  /** Makes an instance where it belongs: `make` answers its ID. Throws `unavailable` where there is no host for it. */
  async place(
    properties: DockerProperties,
    { Tags }: Pick<InstanceSpec, 'Tags'>,
    make: (host: Host) => Promise<string>,
  ): Promise<string> {
    const group = Tags?.[tag.group]
    const size = sizeOf(properties.settings)
    const coming = await this.#inTurn('place', async () => {
      const one: Coming = { host: await this.choose(properties, group), group, size }
      this.#coming.add(one)
      return one
    })
    try {
      return (coming.id = await make(coming.host))
    } finally {
      this.#coming.delete(coming)
    }
  }

  /** The host on which something with these properties would be placed now. */
  async choose({ placement, settings }: DockerProperties, group?: string): Promise<Host> {
    const [only] = this.hosts.all
    if (only && !this.hosts.several && placement.strategy === 'spread' && Object.keys(placement.labels).length === 0) {
      return only
    }
    // Noted before the listing: what is made while that is on its way is in one of the two, or in both.
    const before = [...this.#coming]
    const { placed } = await this.instances.list()
    const coming = new Set([...before, ...this.#coming])
    const hosts = this.hosts.reachable()
    const candidates = await Promise.all(hosts.map((host) => this.#candidate(host, placed, coming, group)))
    return chooseHost(candidates, placement, sizeOf(settings)).host
  }

  /** The hosts on which something with these properties may be placed. Throws `unavailable` where there is none. */
  async possible({ placement }: DockerProperties): Promise<Host[]> {
    const hosts = this.hosts.reachable()
    const named = hosts.map(async (host) => ({ host, name: host.name, labels: (await host.info()).labels }))
    return labelledHosts(await Promise.all(named), placement).map(({ host }) => host)
  }

  async #candidate(host: Host, placed: readonly Placed[], coming: ReadonlySet<Coming>, group: string | undefined) {
    const here = placed.filter((one) => one.host === host).map(({ container }) => container)
    const ids = new Set(here.map(instanceID))
    const expected = [...coming].filter((one) => one.host === host && !ids.has(one.id ?? ''))
    const isMember = (of: string | undefined) => group !== undefined && of === group
    const { labels, cpus, memory } = await host.info()
    return {
      host,
      name: host.name,
      labels,
      capacity: { cpus, memory },
      used: sumOf([...here.map(listedSize), ...expected.map(({ size }) => size)]),
      instances: here.length + expected.length,
      members:
        here.filter((one) => isMember(this.instances.tags(one)[tag.group])).length +
        expected.filter((one) => isMember(one.group)).length,
    }
  }
}
