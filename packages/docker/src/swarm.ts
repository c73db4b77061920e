import type { Call } from '@infrakit/spi'
import { expectObject, fieldsOf, labelsOf, textOf } from './answers.js'
import { ask } from './ask.js'
import type { Engine } from './engine.js'
import { inBody, stop } from './stop.js'

/** What an engine is in a swarm. */
export interface SwarmMembership {
  /** `active` in a swarm, `inactive` in none; `pending`, `locked` and `error` in between. */
  readonly state: string
  /** Of the engine itself: no two have the same. */
  readonly engineID: string
  /** Its node in the swarm; empty in none. */
  readonly nodeID: string
  /** By which other nodes reach it; empty in no swarm. */
  readonly address: string
  /** Whether it can be asked about services, tasks and nodes. */
  readonly isManager: boolean
  /** Addresses of managers, `host:port`, as the node knows them. */
  readonly managers: readonly string[]
  /** Why it is not what it should be, in the engine's words; empty when it is. */
  readonly error: string
}

export interface Swarm {
  readonly id: string
  readonly labels: Readonly<Record<string, string>>
  /** What an engine needs to join: secrets, never to be logged. */
  readonly joinTokens: { readonly manager: string; readonly worker: string }
}

export interface NewSwarm {
  /** Address, or interface, by which other nodes reach this one. */
  readonly advertise: string
  /** Default `0.0.0.0:2377`. */
  readonly listen?: string
  /** The engine's own document of a swarm: `Dispatcher`, `Raft`, `Labels`, ... */
  readonly definition?: Readonly<Record<string, unknown>>
}

export interface Joining {
  readonly token: string
  /** Managers to ask, `host:port`. */
  readonly managers: readonly string[]
  readonly advertise: string
  /** Default `0.0.0.0:2377`. */
  readonly listen?: string
}

const defaultListen = '0.0.0.0:2377'

/** What the engine is in a swarm, or that it is in none. Every engine answers this, a worker too. */
export async function swarmMembership(engine: Engine, call?: Call): Promise<SwarmMembership> {
  const attempt = 'ask the engine for its swarm'
  return ask(engine, attempt, call, async (abortSignal) => {
    const info = engine.docker.info as (options: object) => Promise<unknown>
    const answer = expectObject(engine, attempt, await info.call(engine.docker, stop(abortSignal)), ['ID'])
    const swarm = fieldsOf(answer['Swarm'])
    const managers = Array.isArray(swarm['RemoteManagers']) ? swarm['RemoteManagers'].map(fieldsOf) : []
    return {
      state: textOf(swarm['LocalNodeState']) || 'inactive',
      engineID: textOf(answer['ID']),
      nodeID: textOf(swarm['NodeID']),
      address: textOf(swarm['NodeAddr']),
      isManager: swarm['ControlAvailable'] === true,
      managers: managers.map(({ Addr }) => textOf(Addr)),
      error: textOf(swarm['Error']),
    }
  })
}

/** The swarm as its managers know it. `unavailable` when the engine is no manager, or the swarm has no leader. */
export async function inspectSwarm(engine: Engine, call?: Call): Promise<Swarm> {
  const attempt = 'inspect the swarm'
  return ask(engine, attempt, call, async (abortSignal) => {
    const inspect = engine.docker.swarmInspect as (options: object) => Promise<unknown>
    const answer = expectObject(engine, attempt, await inspect.call(engine.docker, stop(abortSignal)), ['ID'])
    const tokens = fieldsOf(answer['JoinTokens'])
    return {
      id: textOf(answer['ID']),
      labels: labelsOf(fieldsOf(answer['Spec'])['Labels']),
      joinTokens: { manager: textOf(tokens['Manager']), worker: textOf(tokens['Worker']) },
    }
  })
}

/** Makes a swarm of which the engine is the only node. `unavailable` when it is in one already. */
export async function initSwarm(engine: Engine, wanted: NewSwarm, call?: Call): Promise<void> {
  await ask(engine, 'make a swarm', call, (abortSignal) =>
    engine.docker.swarmInit(
      inBody(
        {
          ListenAddr: wanted.listen ?? defaultListen,
          AdvertiseAddr: wanted.advertise,
          Spec: { ...wanted.definition },
        },
        abortSignal,
      ),
    ),
  )
}

/** Makes the engine a node of a swarm; the token says whether a manager or a worker. */
export async function joinSwarm(engine: Engine, joining: Joining, call?: Call): Promise<void> {
  const definition = {
    ListenAddr: joining.listen ?? defaultListen,
    AdvertiseAddr: joining.advertise,
    RemoteAddrs: joining.managers,
    JoinToken: joining.token,
  }
  await ask(engine, `join the swarm of ${joining.managers.join(', ')}`, call, (abortSignal) =>
    engine.docker.swarmJoin(inBody(definition, abortSignal)),
  )
}

/**
 * Takes the engine out of its swarm, where it stays listed as `down` until its node is removed.
 *
 * @param force also when it is a manager, whatever becomes of the swarm
 */
export async function leaveSwarm(engine: Engine, force: boolean, call?: Call): Promise<void> {
  await ask(engine, 'leave the swarm', call, (abortSignal) =>
    engine.docker.swarmLeave(inBody({}, abortSignal, { force })),
  )
}
