import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createClient } from '@infrakit/rpc/client'
import { endpointsOf, type Endpoint } from '@infrakit/spi'
import { skipFor, type Teardown } from '@infrakit/testing'
import { loadImage, needsDocker, ownSwarm, testImage, unique, type LinkedEngine } from '@infrakit/testing/engine'
import { serveInstances, type ServeOptions } from '@infrakit/testing/repository'

export const executable = fileURLToPath(new URL('../../bin/infrakit-instance-swarm.js', import.meta.url))

const root = process.getuid?.() === 0 ? false : 'needs to be root, to run engines'
/** Option of tests that run swarms of their own. */
export const needsSwarm = { skip: root || needsDocker.skip || skipFor(['dockerd', 'nsenter', 'ip']) }

export interface TestSwarm {
  readonly engines: readonly LinkedEngine[]
  readonly first: LinkedEngine
  /** An image that all of them have. */
  readonly image: string
}

/** A swarm of the test's own, in which a node is known to be down after three seconds and not fifteen. */
export async function testSwarm(t: Teardown, count = 1): Promise<TestSwarm> {
  const engines = await ownSwarm(t, count)
  const [first] = engines
  if (!first) throw new Error('a swarm has at least one engine')
  first.docker('swarm', 'update', '--dispatcher-heartbeat', '1s')
  const image = testImage('busybox')
  loadImage(image, ...engines)
  return { engines, first, image }
}

/** Runs until it is told to end, and then ends at once. */
export const waits = ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.1 & wait $!; done']
export const sh = (script: string) => ['sh', '-c', script]

/** What instances show of themselves. */
export interface Shown {
  readonly Name: string
  readonly Host?: string
  readonly Image: string
  readonly Task?: string
  readonly Endpoints: Endpoint[]
  readonly Health?: string
}

/** Names of all services of a namespace, those of jobs too. */
export function servicesOf({ docker }: LinkedEngine, namespace: string): string[] {
  const of = (label: string) =>
    docker('service', 'ls', '--format', '{{.Name}}', '--filter', `label=${label}=${namespace}`).split('\n')
  return [...of('infrakit.instance-swarm'), ...of('infrakit.instance-swarm.job')].filter(Boolean)
}

/** What answers at an endpoint, asked from a machine of the swarm's network. */
export function answerAt({ namespace }: LinkedEngine, { Host, Port }: Endpoint): string {
  const script = `require('http').get({host: '${Host}', port: ${Port}, timeout: 3000}, (answer) => answer.pipe(process.stdout)).on('error', (error) => { console.error(error.message); process.exit(1) })`
  return execFileSync('nsenter', [`--net=/run/netns/${namespace}`, process.execPath, '-e', script], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {},
  }).trim()
}

/** The plugin as a process of its own, and what speaks to it. */
export async function serve(
  t: Teardown,
  { engines, first }: TestSwarm,
  options: ServeOptions & { readonly namespace?: string } = {},
) {
  const namespace = options.namespace ?? unique('ns')
  const hosts = engines.flatMap(({ path }) => ['--host', `unix://${path}`])
  const program = { script: executable, name: 'instance-swarm', connect: createClient }
  const args = ['--namespace', namespace, ...hosts, ...(options.args ?? [])]
  const served = await serveInstances(t, program, { ...options, args })
  return {
    ...served,
    namespace,
    shown: async (id: string) => (await served.describe(id))?.Properties as Shown,
    endpoints: async (id: string) => endpointsOf((await served.describe(id)) ?? { ID: id }),
    services: () => servicesOf(first, namespace),
  }
}

export type Served = Awaited<ReturnType<typeof serve>>
