import { execFileSync } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { unique } from '../engine/docker.js'
import type { Teardown } from '../folder.js'

/** A machine's place in a network, as far as a program that runs there can tell. */
export interface Place {
  readonly address: string
  /** What a command line begins with to run there. */
  readonly enter: readonly string[]
  /** Nobody reaches it any more, and it reaches nobody: what is sent vanishes. */
  cut(): void
  /** It and the other places do not reach each other any more; this machine still reaches it. */
  cutFromOthers(): void
  /** Undoes both. */
  join(): void
}

const run = (program: string, ...args: string[]) => void execFileSync(program, args, { stdio: 'pipe' })

/** A network of this test alone; of the addresses that are kept for measurements, which nobody else uses. */
function freeNetwork(): string {
  for (;;) {
    const network = `198.${randomInt(18, 20)}.${randomInt(256)}`
    if (!execFileSync('ip', ['route', 'show', `${network}.0/24`], { encoding: 'utf8' }).trim()) return network
  }
}

/**
 * A network with so many places, each with an address of its own; this machine is on it too, and reaches all of them. Removed
 * with the test, after what was registered for its end later: what runs there. Needs root, `ip` and `nsenter`.
 */
export function ownNetwork(t: Teardown, count: number): Place[] {
  const network = freeNetwork()
  const hub = unique('hub')
  run('ip', 'netns', 'add', hub)
  t.teardown(() => run('ip', 'netns', 'del', hub))
  const inHub = (...args: string[]) => run('ip', '-n', hub, ...args)
  inHub('link', 'add', 'hub', 'type', 'bridge')
  inHub('link', 'set', 'hub', 'up')

  /** A line from the hub to where `ip` with these arguments works. */
  function connect(
    port: string,
    [...there]: readonly string[],
    name: string,
    address: string,
    namespace?: string,
  ): void {
    const end = ['peer', 'name', name, ...(namespace === undefined ? [] : ['netns', namespace])]
    run('ip', 'link', 'add', port, 'netns', hub, 'type', 'veth', ...end)
    inHub('link', 'set', port, 'master', 'hub', 'up')
    run('ip', ...there, 'addr', 'add', `${address}/24`, 'dev', name)
    run('ip', ...there, 'link', 'set', name, 'up')
  }

  connect('machine', [], `ik${randomBytes(6).toString('hex')}`, `${network}.254`)
  const namespaces = Array.from({ length: count }, () => unique('ns'))
  const addressOf = (at: number) => `${network}.${at + 1}`
  namespaces.forEach((namespace, at) => {
    run('ip', 'netns', 'add', namespace)
    t.teardown(() => run('ip', 'netns', 'del', namespace))
    run('ip', '-n', namespace, 'link', 'set', 'lo', 'up')
    connect(`port${at}`, ['-n', namespace], 'eth0', addressOf(at), namespace)
  })

  return namespaces.map((namespace, at) => {
    const set = (state: 'up' | 'down') => inHub('link', 'set', `port${at}`, state)
    const others = namespaces.flatMap((other, place) => (place === at ? [] : [{ other, address: addressOf(place) }]))
    let isApart = false
    /** Routes into nowhere, at both ends. */
    const routes = (change: 'add' | 'del') => {
      for (const { other, address } of others) {
        run('ip', '-n', namespace, 'route', change, 'blackhole', address)
        run('ip', '-n', other, 'route', change, 'blackhole', addressOf(at))
      }
      isApart = change === 'add'
    }
    return {
      address: addressOf(at),
      enter: ['nsenter', `--net=/run/netns/${namespace}`],
      cut: () => set('down'),
      cutFromOthers: () => routes('add'),
      join() {
        set('up')
        if (isApart) routes('del')
      },
    }
  })
}
