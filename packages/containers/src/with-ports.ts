import { listContainers, type ListedContainer } from '@infrakit/docker'
import { messageOf } from '@infrakit/spi'
import type { PortRange } from './host-ports.js'
import type { Host } from './host.js'
import type { ContainerLabels } from './labels.js'

/** A port to be published. */
export interface WantedPort {
  /** Of the host; left open, one is chosen. */
  readonly host?: number
  /** From which it is chosen; default the range of the plugin. */
  readonly within?: PortRange
}

/** How often other ports are tried when somebody else has taken those that were chosen. */
const portTries = 5

const portTaken = /port is already allocated|address already in use/i

/** Those that it has, and those that it will have again when it is started. */
function hostPortsOf({ ports, labels }: ListedContainer, names: ContainerLabels): number[] {
  const kept = (labels[names.ports] ?? '').split(',').filter(Boolean).map(Number)
  return [...kept, ...ports.map(({ hostPort }) => hostPort)]
}

/** Ports for those that were left open. Once the container is there, the engine's list says that they are taken. */
async function reservePorts(
  { engine, ports }: Host,
  labels: ContainerLabels,
  wanted: readonly WantedPort[],
  refused: ReadonlySet<number>,
) {
  const reserved: number[] = []
  const release = () => reserved.forEach((port) => ports.release(port))
  if (wanted.every(({ host }) => host !== undefined)) {
    return { hostPorts: wanted.map(({ host }) => host ?? 0), release }
  }
  const listed = await listContainers(engine)
  const taken = new Set([...listed.flatMap((one) => hostPortsOf(one, labels)), ...refused])
  try {
    const hostPorts = wanted.map(({ host, within }) => {
      if (host !== undefined) return host
      const port = ports.reserve(taken, within)
      reserved.push(port)
      return port
    })
    return { hostPorts, release }
  } catch (error) {
    release()
    throw error
  }
}

/**
 * Makes something that is published at ports of its host, in the order in which they are wanted; again with others when
 * somebody else has one of those that were chosen. Throws `unavailable` when none is left, and what `make` does.
 */
export async function withPorts<T>(
  host: Host,
  labels: ContainerLabels,
  wanted: readonly WantedPort[],
  make: (hostPorts: readonly number[]) => Promise<T>,
): Promise<T> {
  const refused = new Set<number>()
  const chosen = wanted.some((port) => port.host === undefined)
  for (let tries = 1; ; tries++) {
    const { hostPorts, release } = await reservePorts(host, labels, wanted, refused)
    try {
      return await make(hostPorts)
    } catch (error) {
      if (!chosen || tries >= portTries || !portTaken.test(messageOf(error))) throw error
      hostPorts.forEach((port) => refused.add(port))
    } finally {
      release()
    }
  }
}
