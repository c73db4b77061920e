import { execFileSync } from 'node:child_process'
import type { Teardown } from '../folder.js'
import { waitUntil } from '../wait.js'
import { unique } from './docker.js'
import { ownEngine, type OwnEngine, type OwnEngineOptions } from './own-engine.js'

/** An engine of a test's own that others can reach, and be cut off from. */
export interface LinkedEngine extends OwnEngine {
  /** Its host name, which no other one has: by it a swarm calls its node. */
  readonly hostname: string
  /** By which the others reach it. */
  readonly address: string
  /** Runs the docker program against it. */
  docker(...args: string[]): string
  /** Runs a program of this machine in its network; throws when that fails. */
  run(program: string, ...args: string[]): string
  /** Takes its link down: it runs on, and nobody reaches it. */
  cut(): void
  join(): void
}

const runIn = (namespace: string, program: string, ...args: string[]) =>
  execFileSync('nsenter', [`--net=/run/netns/${namespace}`, program, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim()

/**
 * Engines of a test's own, each as on a machine of its own: with a host name, an address and a link to the others. The network
 * is theirs alone: this machine is not on it. Ended and removed with the test. Needs root.
 */
export async function linkedEngines(
  t: Teardown,
  count: number,
  options: Pick<OwnEngineOptions, 'args'> = {},
): Promise<LinkedEngine[]> {
  const hub = unique('hub')
  execFileSync('ip', ['netns', 'add', hub])
  t.teardown(() => execFileSync('ip', ['netns', 'del', hub]))
  runIn(hub, 'ip', 'link', 'add', 'hub', 'type', 'bridge')
  runIn(hub, 'ip', 'link', 'set', 'hub', 'up')
  return Promise.all(Array.from({ length: count }, (_, at) => linkedEngine(t, hub, at + 1, options)))
}

async function linkedEngine(
  t: Teardown,
  hub: string,
  number: number,
  { args = [] }: Pick<OwnEngineOptions, 'args'>,
): Promise<LinkedEngine> {
  const hostname = `node-${number}`
  const address = `10.213.0.${number}`
  const port = `port-${number}`
  const engine = await ownEngine(t, { args, networks: true, hostname })
  const { namespace, path } = engine
  const run = (program: string, ...more: string[]) => runIn(namespace, program, ...more)
  execFileSync('ip', ['link', 'add', port, 'netns', hub, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace])
  runIn(hub, 'ip', 'link', 'set', port, 'master', 'hub', 'up')
  run('ip', 'link', 'set', 'lo', 'up')
  run('ip', 'addr', 'add', `${address}/24`, 'dev', 'eth0')
  run('ip', 'link', 'set', 'eth0', 'up')
  // An engine that has no way out does not know which address is its own.
  run('ip', 'route', 'add', 'default', 'via', '10.213.0.254')
  const docker = (...more: string[]) =>
    execFileSync('docker', ['-H', `unix://${path}`, ...more], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim()
  const set = (state: 'up' | 'down') => void runIn(hub, 'ip', 'link', 'set', port, state)
  return {
    ...engine,
    hostname,
    address,
    docker,
    run,
    cut: () => set('down'),
    join: () => set('up'),
  }
}

/**
 * A swarm of engines of a test's own, all of them managers; the first one is its leader. They end with the test; none of them
 * is an engine of this machine.
 */
export async function ownSwarm(
  t: Teardown,
  count: number,
  options: Pick<OwnEngineOptions, 'args'> = {},
): Promise<LinkedEngine[]> {
  const engines = await linkedEngines(t, count, options)
  await Promise.all(engines.map((engine) => engine.start()))
  const [first, ...others] = engines
  if (!first) throw new Error('a swarm has at least one engine')
  first.docker('swarm', 'init', '--advertise-addr', first.address)
  const token = first.docker('swarm', 'join-token', '--quiet', 'manager')
  for (const one of others) {
    one.docker('swarm', 'join', '--token', token, '--advertise-addr', one.address, `${first.address}:2377`)
  }
  const ready = () => first.docker('node', 'ls', '--format', '{{.Status}}').split('\n')
  await waitUntil('all nodes to be ready', () => ready().filter((state) => state === 'Ready').length === count, 60_000)
  return engines
}

/** Gives an image of this machine's engine to others. */
export function loadImage(image: string, ...engines: readonly Pick<OwnEngine, 'path'>[]): void {
  for (const { path } of engines) {
    execFileSync('sh', ['-c', 'docker save "$0" | docker -H "unix://$1" load --quiet', image, path])
  }
}
