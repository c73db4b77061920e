import { InfrakitError, type ServiceDescription, type ServiceEntry } from '@infrakit/spi'
import type { ConsulService } from './answers.js'
import type { Cluster } from './cluster.js'
import type { ConsulClient, ReadOptions } from './client.js'
import { ConsulFailure } from './failure.js'
import { agentService, checkIdOf, isRegistered, servicesIn } from './services.js'

/** How many services are asked for at once. */
const atOnce = 16
/** How long (ms) one wait for the catalogue takes; then the agent is told again what was wrong. */
const waitMs = 1000

export interface Catalogue {
  register(service: ServiceEntry): Promise<void>
  deregister(id: string): Promise<void>
  /** All services of the datacentre, or those of one name. */
  services(name?: string, signal?: AbortSignal): Promise<ServiceDescription[]>
}

/** The catalogue of Consul's agents: the agent that is asked keeps what is registered, and checks it. */
export function createCatalogue(cluster: Cluster, timeoutMs: number, now: () => number): Catalogue {
  async function placesAll(signal?: AbortSignal): Promise<ConsulService[]> {
    const names = (await cluster.read((consul) => consul.serviceNames({ signal }))).found
    const places: ConsulService[] = []
    const waiting = [...names]
    async function work(): Promise<void> {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        const service = name
        places.push(...(await cluster.read((consul) => consul.places(service, { signal }))).found)
      }
    }
    await Promise.all(Array.from({ length: Math.min(atOnce, names.length) }, work))
    return places
  }

  /** Waits until the catalogue has what an agent was told, as it tells its servers only afterwards. */
  async function untilSeen(name: string, isSeen: (places: readonly ConsulService[]) => boolean): Promise<boolean> {
    const end = now() + timeoutMs
    let wait: ReadOptions = {}
    for (;;) {
      const { found, index } = await cluster.read((consul) => consul.places(name, wait))
      // An answer to a wait may come from a leader that is none any more; the last look has to be one that counts.
      if (isSeen(found)) {
        if (!wait.wait) return true
        wait = {}
        continue
      }
      if (now() >= end) return false
      wait = wait.wait ? {} : { wait: { index, waitMs } }
    }
  }

  async function leaveAgents(id: string): Promise<Set<string>> {
    const reached = new Set<string>()
    const failures: unknown[] = []
    for (const consul of cluster.all) {
      try {
        await consul.deregister(id)
        reached.add(await consul.nodeName())
      } catch (error) {
        if (!(error instanceof ConsulFailure) || !error.elsewhere) throw error
        failures.push(error)
      }
    }
    if (reached.size === 0) throw failures[0]
    return reached
  }

  /** Takes away what an agent has left that is none of ours. Throws when it still runs, as it would enter it again. */
  async function takeAway({ Node, Service, Checks }: ConsulService): Promise<void> {
    const gone = Checks.some(({ CheckID, Status }) => CheckID === 'serfHealth' && Status === 'critical')
    if (gone) return cluster.change((consul) => consul.deregisterNode(Node.Node, Service.ID))
    throw new InfrakitError(
      'conflict',
      `the service '${Service.ID}' is kept by the Consul agent of '${Node.Node}', which is none of this plugin's`,
      { hint: `Give that agent as another --address, or type there: consul services deregister -id ${Service.ID}` },
    )
  }

  return {
    async register(service) {
      const body = agentService(service)
      const enter = async (consul: ConsulClient) => {
        await consul.register(body)
        const { ID, Check } = service
        if (Check?.TTLSeconds != null) await consul.pass(checkIdOf(ID, Check))
      }
      await cluster.change(enter)
      if (await untilSeen(service.Name, (places) => places.some((place) => isRegistered(service, place)))) return
      throw new InfrakitError(
        'timeout',
        `the agent has '${service.ID}', and the catalogue of Consul does not yet show it`,
        {
          hint: "Does the agent's own token let it write services (acl.tokens.agent)? See consul monitor, and register it again.",
        },
      )
    },
    async deregister(id) {
      const reached = await leaveAgents(id)
      const left = (await placesAll()).filter(({ Service }) => Service.ID === id)
      for (const place of left) {
        const { Node } = place.Node
        if (!reached.has(Node)) await takeAway(place)
        const isGone = (places: readonly ConsulService[]) =>
          !places.some(({ Node: at, Service }) => at.Node === Node && Service.ID === id)
        if (await untilSeen(place.Service.Service, isGone)) continue
        throw new InfrakitError('timeout', `the catalogue of Consul still shows '${id}', though its agent let it go`, {
          hint: 'Look into the log of the agent: consul monitor. Then deregister it again.',
        })
      }
    },
    async services(name, signal) {
      if (name === undefined) return servicesIn(await placesAll(signal))
      return servicesIn((await cluster.read((consul) => consul.places(name, { signal }))).found)
    },
  }
}
