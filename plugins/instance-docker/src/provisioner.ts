import {
  instanceID,
  Once,
  refuseInit,
  withPorts,
  type Choices,
  type Host,
  type Hosts,
  type Instances,
  type Intents,
} from '@infrakit/containers'
import { InfrakitError, tag, type InstanceSpec } from '@infrakit/spi'
import { labels } from './create-body.js'
import type { Placer } from './hosts/placer.js'
import { readProperties, type DockerProperties } from './properties.js'
import { provision } from './provision.js'

export interface ProvisionerOptions {
  readonly hosts: Hosts
  readonly owner: string
  readonly instances: Instances
  readonly placer: Placer
  readonly choices: Choices
  readonly intents: Intents
}

/** A host on which a key was begun is waited for so long before another one is chosen (ms); as groups wait for theirs. */
const hostTimeoutMs = 60_000

/** Makes instances: one for each provision key, whatever happens. */
export class Provisioner {
  readonly #once = new Once<string>()

  constructor(private readonly options: ProvisionerOptions) {}

  /** Answers the instance's ID; for a repeated key that of the instance which the first call made. */
  async provision(spec: InstanceSpec): Promise<string> {
    const properties = readProperties(spec.Properties)
    refuseInit(properties, spec)
    const key = spec.Tags?.[tag.provision]
    if (key) return this.#once.do(key, () => this.#unlessMade(key, properties, spec))
    return this.options.placer.place(properties, spec, (host) => this.#make(host, properties, spec))
  }

  async #unlessMade(key: string, properties: DockerProperties, spec: InstanceSpec): Promise<string> {
    const { hosts, instances, choices, placer } = this.options
    const { placed } = await instances.list()
    const made = placed.find(({ container }) => instances.tags(container)[tag.provision] === key)
    if (made) return instanceID(made.container)
    this.#waitForHostOf(key)
    return placer.place(properties, spec, async (host) => {
      if (hosts.several) await choices.choose(key, host.name)
      return this.#make(host, properties, spec)
    })
  }

  /** Throws `unavailable` while the instance may be on a host that has just gone away. */
  #waitForHostOf(key: string): void {
    const { hosts, choices } = this.options
    const begun = hosts.all.find(({ name }) => name === choices.hostOf(key))
    if (!begun?.away || Date.now() - begun.away.since.getTime() > hostTimeoutMs) return
    throw new InfrakitError('unavailable', `the instance was begun on ${begun.name}, which cannot be reached`, {
      hint: 'It is made on another host when that one stays away for a minute.',
    })
  }

  #make(host: Host, properties: DockerProperties, spec: InstanceSpec): Promise<string> {
    const { owner, intents } = this.options
    const { engine } = host
    return withPorts(host, labels, properties.settings.ports, async (hostPorts) =>
      instanceID({ id: await provision({ engine, owner, properties, spec, hostPorts, intents }) }),
    )
  }
}
