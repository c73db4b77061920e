import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { InfrakitError } from '@infrakit/spi'
import { codeOf } from '@infrakit/store'
import type { WantedPort } from './properties.js'
import type { HeldPort } from './record.js'

export interface PortRange {
  readonly first: number
  readonly last: number
}

/** Ports of instances; one that is held is given to nobody else, whether or not somebody listens there. */
export interface Ports {
  /** Takes what an instance has had all along. */
  hold(id: string, ports: readonly HeldPort[]): void
  /** Chooses free ones and holds them. Throws `plugin-failed` when one is taken or none is left; then none is held. */
  choose(id: string, wanted: readonly WantedPort[]): Promise<HeldPort[]>
  /** Throws `plugin-failed`, naming the port, when somebody listens on one of these. */
  refuseTaken(ports: readonly HeldPort[]): Promise<void>
  release(id: string): void
}

/** Reads `FROM-TO`. Throws `input`. */
export function portRange(text: string): PortRange {
  const [, from, to] = /^(\d{1,5})-(\d{1,5})$/.exec(text) ?? []
  const [first, last] = [Number(from), Number(to)]
  if (first >= 1 && first <= last && last <= 65535) return { first, last }
  throw new InfrakitError('input', `--ports: expected two port numbers such as 20000-32767, got ${text}`)
}

/**
 * @param range free ones are chosen from; it should be outside of what the kernel gives to outgoing connections
 * @param random from 0 up to, and without, 1
 */
export function createPorts(range: PortRange, random: () => number): Ports {
  const holders = new Map<string, string>()

  async function chooseOne(id: string, { Name, Port, Protocol }: WantedPort): Promise<HeldPort> {
    if (Port !== undefined) return take(id, { Name, Port, Protocol })
    const count = range.last - range.first + 1
    const start = Math.floor(random() * count)
    for (let i = 0; i < count; i++) {
      const port = { Name, Port: range.first + ((start + i) % count), Protocol }
      const key = keyOf(port)
      if (holders.has(key)) continue
      holders.set(key, id)
      if (await isFree(port)) return port
      holders.delete(key)
    }
    throw new InfrakitError('plugin-failed', `no port from ${range.first} to ${range.last} is free for '${Name}'`, {
      hint: 'Destroy instances that are not needed, or give the plugin more ports: --ports.',
    })
  }

  async function take(id: string, port: HeldPort): Promise<HeldPort> {
    const holder = holders.get(keyOf(port))
    if (holder !== undefined) throw taken(port, holder)
    holders.set(keyOf(port), id)
    if (await isFree(port)) return port
    holders.delete(keyOf(port))
    throw taken(port)
  }

  function release(id: string): void {
    for (const [key, holder] of holders) if (holder === id) holders.delete(key)
  }

  return {
    hold: (id, ports) => ports.forEach((port) => holders.set(keyOf(port), id)),
    release,
    async choose(id, wanted) {
      try {
        const chosen: HeldPort[] = []
        for (const one of wanted) chosen.push(await chooseOne(id, one))
        return chosen
      } catch (error) {
        release(id)
        throw error
      }
    },
    async refuseTaken(ports) {
      for (const port of ports) if (!(await isFree(port))) throw taken(port)
    },
  }
}

function keyOf({ Port, Protocol }: HeldPort): string {
  return `${Protocol} ${Port}`
}

function taken({ Name, Port, Protocol }: HeldPort, holder?: string): InfrakitError {
  const whose = holder === undefined ? 'another process listens there' : `it belongs to ${holder}`
  return new InfrakitError('plugin-failed', `port ${Port}/${Protocol} ('${Name}') is taken: ${whose}`, {
    hint: 'End what has the port, choose another one, or leave Port out and get a free one.',
  })
}

/** Whether nobody is bound to the port on any address. */
function isFree({ Port, Protocol }: HeldPort): Promise<boolean> {
  return Protocol === 'udp' ? isFreeUdp(Port) : isFreeTcp(Port)
}

function isFreeTcp(port: number): Promise<boolean> {
  const server = createServer()
  return probe(
    (failed) => void server.once('error', failed),
    (done) => void server.listen({ port }, done),
    (closed) => void server.close(closed),
  )
}

function isFreeUdp(port: number): Promise<boolean> {
  const socket = createSocket('udp4')
  return probe(
    (failed) => void socket.once('error', failed),
    (done) => void socket.bind({ port }, done),
    (closed) => void socket.close(closed),
  )
}

const taking = new Set(['EADDRINUSE', 'EACCES'])

function probe(
  onError: (failed: (error: Error) => void) => void,
  bind: (done: () => void) => void,
  close: (closed: () => void) => void,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    onError((error) => (taking.has(codeOf(error) ?? '') ? resolve(false) : reject(error)))
    bind(() => close(() => resolve(true)))
  })
}
