import { createConnection } from 'node:net'
import { inspectSwarm, type Swarm } from '@infrakit/docker'
import { InfrakitError, type Call } from '@infrakit/spi'
import { describeSurvey, readingMs, type Manager, type Survey } from './engines.js'
import type { SwarmProperties } from './properties.js'

/** The port by which managers are joined and talk to each other. */
export const swarmPort = 2377

/** A swarm, and where a node joins it. */
export interface Situation {
  readonly swarm: Swarm
  readonly manager: Manager
  /** `host:port` of a manager. */
  readonly address: string
}

const withPort = (host: string) => `${host.includes(':') ? `[${host}]` : host}:${swarmPort}`

/** Where others join: what the manager that was asked says of itself, unless that is no address. */
function joinAddress({ membership }: Manager, joinIP: string | undefined): string {
  const { address, managers } = membership
  const isAddress = address !== '' && address !== '0.0.0.0' && address !== '::'
  if (!isAddress) return joinIP === undefined ? (managers[0] ?? '') : withPort(joinIP)
  const prefix = address.includes(':') ? `[${address}]:` : `${address}:`
  return managers.find((one) => one.startsWith(prefix)) ?? withPort(address)
}

/** The swarm, from the first manager that knows it; `undefined` where no manager can be asked. */
export async function readSituation(
  { managers }: Survey,
  { joinIP }: SwarmProperties,
  call?: Call,
): Promise<Situation | undefined> {
  let last: Error | undefined
  for (const manager of managers) {
    try {
      const swarm = await inspectSwarm(manager.engine, { ...call, timeout: readingMs })
      return { swarm, manager, address: joinAddress(manager, joinIP) }
    } catch (error) {
      last = error instanceof Error ? error : new Error(String(error))
    }
  }
  if (last) throw last
  return undefined
}

/** How long (ms) somebody at a logical ID may take to take a connection. */
const knockMs = 1500

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port, timeout: knockMs })
    const end = (answered: boolean) => {
      socket.destroy()
      resolve(answered)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
    socket.once('timeout', () => end(false))
  })
}

/** What speaks for a swarm that cannot be asked: an engine that is in one, a manager that takes connections. */
async function tracesOf({ findings }: Survey, peers: readonly string[]): Promise<string[]> {
  const engines = findings.filter(({ membership }) => membership && membership.state !== 'inactive')
  const mute = findings.filter((one) => one.mute)
  const knocked = await Promise.all(peers.map(async (peer) => ((await answers(peer, swarmPort)) ? [peer] : [])))
  return [
    ...engines.map(({ host }) => `the engine at ${host} is in one`),
    ...mute.map(({ host, problem }) => `the engine at ${host} does not say: ${problem}`),
    ...knocked.flat().map((peer) => `a manager answers at ${withPort(peer)}`),
  ]
}

/** No swarm where one is needed: the group tries again. */
export function noSwarm(survey: Survey): InfrakitError {
  return new InfrakitError('unavailable', `there is no swarm that can be asked yet: ${describeSurvey(survey)}`, {
    hint: 'The manager whose logical ID is SwarmJoinIP makes it; see that group, and Properties.Docker.',
  })
}

/**
 * Makes sure that there is no swarm before one is made: a second one would split the group. Throws `unavailable` where one
 * may be there which nobody can ask.
 */
export async function refuseSecondSwarm(survey: Survey, peers: readonly string[]): Promise<void> {
  const traces = await tracesOf(survey, peers)
  if (traces.length === 0) return
  const message = `there may be a swarm already, which cannot be asked: ${traces.join('; ')}`
  throw new InfrakitError('unavailable', message, {
    hint: 'Name the engines of other managers in Docker.Hosts; a swarm that lost most of its managers needs `docker swarm init --force-new-cluster`.',
  })
}
