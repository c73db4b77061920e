import { StartWatch } from '@infrakit/host'
import { type Call, type Flavor, type PrepareRequest, type Resolve } from '@infrakit/spi'
import { inScriptTemplate, parseTemplate, renderTemplate, type Template } from '@infrakit/template'
import { judge } from './judge.js'
import { membersOf, memberValues } from './members.js'
import { askStatus } from './status.js'
import { readProperties, type ZookeeperProperties } from './properties.js'
import { dockerScript, systemScript, vocabulary } from './scripts.js'

export interface ZookeeperOptions {
  /** Reads what a URL stands for. Throws `input` or `unavailable`. */
  readonly read: (url: string, signal: AbortSignal | undefined) => Promise<string>
}

/** Makes instances the members of a ZooKeeper ensemble: who is which one is said by the group's logical IDs. */
export function createZookeeper({ read }: ZookeeperOptions): Flavor & Resolve {
  const starts = new StartWatch()

  async function templateOf(properties: ZookeeperProperties, call: Call | undefined): Promise<Template> {
    const { templateURL, template, useDocker } = properties
    if (templateURL === undefined) return parseTemplate(useDocker ? dockerScript : systemScript, vocabulary)
    const source = template ?? (await read(templateURL, call?.signal))
    return inScriptTemplate(() => parseTemplate(source, vocabulary))
  }

  return {
    async validate({ Properties, Allocation }, call) {
      const properties = readProperties(Properties)
      membersOf(Allocation)
      await templateOf(properties, call)
    },
    async prepare({ Properties, Spec, Allocation }: PrepareRequest, call) {
      const properties = readProperties(Properties)
      const values = memberValues(Spec.LogicalID, membersOf(Allocation), properties)
      const template = await templateOf(properties, call)
      const script = inScriptTemplate(() => renderTemplate(template, values))
      return { Spec: { ...Spec, Init: Spec.Init ? `${Spec.Init}\n${script}` : script } }
    },
    async healthy({ Properties, Instance }) {
      const { clientPort, startPeriodMs } = readProperties(Properties)
      return judge(Instance.ID, await askStatus(Instance, clientPort), starts, startPeriodMs)
    },
    async drain({ Instance }) {
      // Clients go to another member by themselves, and who leads no longer is replaced by an election.
      starts.forget(Instance.ID)
    },
    async resolve({ Properties }, call) {
      const { templateURL } = readProperties(Properties)
      if (templateURL === undefined) return { Resolved: null }
      return { Resolved: { InitScript: await read(templateURL, call?.signal) } }
    },
  }
}
