import { engineInfo, listContainers, type Engine, type EngineInfo } from '@infrakit/docker'
import { Ends, type OwnContainer } from './ends.js'
import type { HostPorts } from './host-ports.js'
import type { ContainerLabels } from './labels.js'

export interface HostOptions {
  /** By which placements, listings and messages call it. */
  readonly name: string
  readonly engine: Engine
  readonly labels: ContainerLabels
  /** Whose containers are listed: the value of their label `owner`. */
  readonly owner: string
  /** By which its published ports are reached. */
  readonly endpointHost: string
  /** Those that it may publish at. */
  readonly ports: HostPorts
}

/** Longer than a busy engine takes to list, much shorter than a group waits for a listing (ms). */
const listTimeoutMs = 10_000

/** An engine that instances are made on, and whether it could be reached the last time. */
export class Host {
  readonly name: string
  readonly engine: Engine
  readonly endpointHost: string
  readonly ports: HostPorts
  readonly ends = new Ends()
  readonly #labels: ContainerLabels
  readonly #owner: string
  #seenAt = new Date()
  #failure: unknown
  #info: EngineInfo | undefined

  constructor({ name, engine, labels, owner, endpointHost, ports }: HostOptions) {
    this.name = name
    this.engine = engine
    this.endpointHost = endpointHost
    this.ports = ports
    this.#labels = labels
    this.#owner = owner
  }

  /** When it was last seen, and why it could not be listed the last time; `undefined` when it could. */
  get away(): { since: Date; reason: unknown } | undefined {
    return this.#failure === undefined ? undefined : { since: this.#seenAt, reason: this.#failure }
  }

  /** The plugin's containers there, those included that are still being provisioned. Throws what `listContainers` does. */
  async containers(): Promise<OwnContainer[]> {
    try {
      const labels = { [this.#labels.owner]: this.#owner }
      const listed = await listContainers(this.engine, { labels }, { timeout: listTimeoutMs })
      this.#seenAt = new Date()
      this.#failure = undefined
      return listed.map((one) => this.ends.amend(one))
    } catch (error) {
      this.#failure = error
      this.#info = undefined
      throw error
    }
  }

  /** What machine it is. Asked once, and again after it was away: an engine's labels change only when it is restarted. */
  async info(): Promise<EngineInfo> {
    return (this.#info ??= await engineInfo(this.engine, { timeout: listTimeoutMs }))
  }
}
