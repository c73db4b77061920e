import { inspectSwarm, listNodes, type SwarmNode } from '@infrakit/docker'
import { readingMs, type Engines, type Survey } from './engines.js'
import type { Connection } from './properties.js'

/** How long (ms) a look at the nodes serves all who ask. */
const freshMs = 1000

/** The nodes of a swarm, or that no manager could be asked. */
export interface Look {
  readonly survey: Survey
  readonly nodes: readonly SwarmNode[] | undefined
  readonly swarmID: string | undefined
}

/** Looks at the nodes of swarms once for all instances that are asked about at the same time. */
export class Roster {
  readonly #looks = new Map<string, { readonly at: number; readonly look: Promise<Look> }>()

  constructor(private readonly engines: Engines) {}

  /** Throws as a call of an engine does. */
  look(connection: Connection): Promise<Look> {
    const key = JSON.stringify(connection)
    const now = performance.now()
    const recent = this.#looks.get(key)
    if (recent && now - recent.at < freshMs) return recent.look
    const look = this.#lookNow(connection)
    this.#looks.set(key, { at: now, look })
    return look
  }

  async #lookNow(connection: Connection): Promise<Look> {
    const survey = await this.engines.survey(connection)
    const [manager] = survey.managers
    if (!manager) return { survey, nodes: undefined, swarmID: undefined }
    const [nodes, { id }] = await Promise.all([
      listNodes(manager.engine, {}, { timeout: readingMs }),
      inspectSwarm(manager.engine, { timeout: readingMs }),
    ])
    return { survey, nodes, swarmID: id }
  }
}
