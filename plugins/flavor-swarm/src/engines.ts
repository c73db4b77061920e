import { openEngine, parseAddress, swarmMembership, type Engine, type SwarmMembership } from '@infrakit/docker'
import { kindOf, messageOf, type Call } from '@infrakit/spi'
import type { Connection } from './properties.js'

/** How long (ms) an engine may take to say what it is, and what it knows of its swarm. */
const patienceMs = 3000
export const readingMs = 5000

/** What one of the engines says of itself, or why nothing is known. */
export interface Finding {
  readonly host: string
  readonly engine: Engine | undefined
  readonly membership: SwarmMembership | undefined
  readonly problem: string | undefined
  /** Somebody is there, and does not say what it is: as an engine does whose swarm has no leader. */
  readonly mute: boolean
}

/** A manager that can be asked. */
export interface Manager {
  readonly engine: Engine
  readonly membership: SwarmMembership
}

export interface Survey {
  /** Managers that can be asked, in the order in which they are named. */
  readonly managers: readonly Manager[]
  readonly findings: readonly Finding[]
}

/** The engines that properties name. Connections are made as they are needed, and kept. */
export class Engines {
  readonly #engines = new Map<string, Promise<Engine>>()

  close(): void {
    for (const opening of this.#engines.values()) void opening.then((engine) => engine.close()).catch(() => undefined)
    this.#engines.clear()
  }

  /** Asks all of them at once what they are. Throws `input` for an address or keys that are wrong. */
  async survey(connection: Connection, call?: Call): Promise<Survey> {
    const engines = await Promise.all(connection.hosts.map((host) => this.#open(host, connection)))
    const findings = await Promise.all(engines.map((engine, at) => look(engine, connection.hosts[at] ?? '', call)))
    const managers = findings.flatMap(({ engine, membership }) =>
      engine && membership?.isManager ? [{ engine, membership }] : [],
    )
    return { managers, findings }
  }

  #open(host: string, { tls }: Connection): Promise<Engine> {
    const key = JSON.stringify([host, tls])
    const known = this.#engines.get(key)
    if (known) return known
    const choice = tls && { folder: undefined, files: { ca: tls.ca, cert: tls.cert, key: tls.key }, verify: tls.verify }
    const opening = (async () => openEngine(parseAddress(host, 'Properties.Docker', choice)))()
    this.#engines.set(key, opening)
    opening.catch(() => this.#engines.delete(key))
    return opening
  }
}

async function look(engine: Engine, host: string, call: Call | undefined): Promise<Finding> {
  try {
    const membership = await swarmMembership(engine, { ...call, timeout: patienceMs })
    return { host, engine, membership, problem: undefined, mute: false }
  } catch (error) {
    const problem = messageOf(error).replace(/^cannot [^:]*: (the Docker engine at \S+ cannot be used: )?/, '')
    return { host, engine: undefined, membership: undefined, problem, mute: kindOf(error) !== 'unavailable' }
  }
}

/** What was found, for a person. */
export function describeSurvey({ findings }: Survey): string {
  return findings
    .map(({ host, membership, problem }) => `${host}: ${membership ? describeMembership(membership) : problem}`)
    .join('; ')
}

function describeMembership({ state, isManager, error }: SwarmMembership): string {
  if (isManager) return 'a manager'
  const what = state === 'inactive' ? 'in no swarm' : state === 'active' ? 'a worker' : `its swarm is ${state}`
  return error === '' ? what : `${what} (${error})`
}
