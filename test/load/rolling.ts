import { fileURLToPath } from 'node:url'
import { testImage } from '@infrakit/testing/engine'
import { waitUntil, type Teardown } from '@infrakit/testing'
import { createComposeProject, type ComposeProject } from '../environment/compose-project.js'
import { createRealWorld, type RealPlugin } from '../environment/real-world.js'
import { startLoad } from './client.js'
import { drive } from './driver.js'
import { startHaproxy } from './haproxy.js'
import { soaked } from '../soak/soak.js'

const server = fileURLToPath(new URL('../../images/node-server/server.js', import.meta.url))

/** For how long nothing is asked of a server that has left the proxy. On a loaded machine, clients pause for 300 ms as well. */
const quiet = { QUIET_MS: soaked('300', '1500') }

export type Kind = 'container' | 'process' | 'compose'

export interface Rolling {
  readonly kind: Kind
  readonly size: number
  /** It goes on, with one update after the other, until so many requests were made. */
  readonly requests: number
  readonly clients: number
  readonly pauseMs: number
  /** Without it members are ended at once, and leave the proxy when they have gone. */
  readonly drain: boolean
}

export interface Rolled {
  readonly answered: number
  readonly failures: readonly string[]
  /** What went wrong where the proxy was driven. */
  readonly problems: readonly string[]
  readonly updates: number
  /** Requests of the client that made the fewest. */
  readonly fewest: number
  /** Servers that took requests in the end, as HAProxy itself says. */
  readonly live: number
}

const plugins: Readonly<Record<Kind, RealPlugin>> = {
  container: 'instance-docker',
  process: 'instance-process',
  compose: 'instance-compose',
}

/** The server as a Compose service, whose release is a variable. */
function serverService(): object {
  return { image: testImage('node-server'), environment: { RELEASE: '${RELEASE:-0}', ...quiet }, ports: ['8080'] }
}

/** Properties of a server of a release. */
function properties(kind: Kind, release: string, project: ComposeProject | undefined): object {
  if (project) {
    return { Files: project.file, Project: project.name, Service: 'app', Environment: { RELEASE: release } }
  }
  if (kind === 'process') {
    return {
      Command: [process.execPath, server],
      Environment: { RELEASE: release, ...quiet },
      Ports: [{ Name: 'http' }],
    }
  }
  return { image: testImage('node-server'), environment: { RELEASE: release, ...quiet }, ports: [8080] }
}

function specification({ kind, size, drain }: Rolling, release: string, project: ComposeProject | undefined) {
  const patient = { Interval: '200ms', Timeout: '10s', StartPeriod: '60s' }
  return {
    Allocation: { Size: size },
    Instance: { Plugin: plugins[kind], Properties: properties(kind, release, project) },
    Flavor: {
      Plugin: 'flavor-vanilla',
      Properties: {
        Health: { HTTP: { Path: '/health' }, ...patient },
        ...(drain ? { Drain: { HTTP: { Path: '/drain', Timeout: '30s' } } } : {}),
      },
    },
    Updating: { MaxSurge: 2 },
    Healing: { Interval: '200ms' },
  }
}

/** Updates a group again and again while clients ask its members through HAProxy. */
export async function roll(t: Teardown, rolling: Rolling): Promise<Rolled> {
  const { kind, size, drain } = rolling
  const project = kind === 'compose' ? await createComposeProject(t, { app: serverService() }) : undefined
  const world = await createRealWorld(t, 120_000)
  for (const name of ['group', 'flavor-vanilla', plugins[kind]] as const) await world.start(name)
  const haproxy = await startHaproxy(t)
  const group = await world.group()
  const commit = (release: number) =>
    group.commitGroup({ Spec: { ID: 'web', Properties: specification(rolling, String(release), project) } })
  await commit(0)
  await world.settled('web', size)
  const driver = await drive(t, world, haproxy, { group: 'web', instancePlugin: plugins[kind], heedsLeaving: drain })
  const allTake = () => waitUntil('all members to take requests', () => driver.taking() === size, 30_000)
  await allTake()

  // While an update goes on, both the old and the new release may answer; after it, the new one alone.
  let allowed: ReadonlySet<string> = new Set(['0'])
  const expects = (release: string) => allowed.has(release)
  const load = startLoad({ port: haproxy.port, clients: rolling.clients, pauseMs: rolling.pauseMs, expects })
  const made = () => load.answered + load.failures.length
  let updates = 0
  while (updates === 0 || made() < rolling.requests) {
    updates++
    allowed = new Set([String(updates - 1), String(updates)])
    await commit(updates)
    await world.settled('web', size)
    await allTake()
    const before = made()
    // Requests that were on their way have been answered once as many more were made as there are clients, twice over.
    await waitUntil('requests of the old to be over', () => made() - before >= 2 * rolling.clients, 30_000)
    allowed = new Set([String(updates)])
  }
  const fewest = await load.stop()
  const live = (await haproxy.live()).filter(({ state }) => state === 'ready').length
  const { answered, failures } = load
  return { answered, failures, problems: driver.problems, updates, fewest, live }
}
