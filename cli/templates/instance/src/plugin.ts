import { createHash, randomUUID } from 'node:crypto'
import { InfrakitError, matchesTags, tag, type Instance, type InstanceDescription } from '@infrakit/spi'
import { createTurns } from '@infrakit/store'
import type { Cloud, Machine } from './cloud.js'
import { readProperties } from './properties.js'

/** Answers the calls of a group. What holds for every cloud is here; what holds for yours is in cloud.ts. */
export function createPlugin(cloud: Cloud): Instance {
  const inTurn = createTurns()

  async function find(id: string): Promise<Machine> {
    const machine = await cloud.find(id)
    if (machine) return machine
    throw new InfrakitError('not-found', `there is no instance '${id}'`)
  }

  return {
    async validate({ Properties }) {
      readProperties(Properties)
    },
    async provision({ Spec }) {
      readProperties(Spec.Properties)
      // A group that was killed, or cut off, asks again with the same key: that must be the same machine.
      const ID = nameOf(Spec.Tags?.[tag.provision] ?? randomUUID())
      await inTurn(ID, async () => {
        if (!(await cloud.find(ID))) await cloud.create(ID, { ...Spec, Tags: { ...Spec.Tags } })
      })
      return { ID }
    },
    label: ({ Instance: id, Labels }) =>
      inTurn(id, async () => {
        const { spec } = await find(id)
        await cloud.setTags(id, { ...spec.Tags, ...Labels })
      }),
    destroy: ({ Instance: id }) =>
      inTurn(id, async () => {
        await find(id)
        await cloud.remove(id)
      }),
    async describeInstances({ Tags, Properties }) {
      const machines = (await cloud.list()).filter(({ spec }) => matchesTags(spec.Tags, Tags))
      return { Descriptions: machines.map((machine) => describe(machine, Properties === true)) }
    },
  }
}

/** A name that most clouds take, and always the same for the same key. */
function nameOf(key: string): string {
  return `{{name}}-${createHash('sha256').update(key).digest('hex').slice(0, 20)}`
}

/** YOUR CLOUD: say `State: 'failed'` of what is there and not coming back, and where it listens in `Properties.Endpoints`. */
function describe({ name, spec }: Machine, withProperties: boolean): InstanceDescription {
  const { LogicalID = null, Tags = null, Properties = null } = spec
  return { ID: name, LogicalID, Tags, ...(withProperties ? { Properties } : {}) }
}
