import { watch } from 'node:fs'
import { runPlugin } from '@infrakit/host'
import { offer, parseJson, stringifyJson } from '@infrakit/rpc'
import { InfrakitError, instanceInterface, matchesTags, tag, type InstanceSpec } from '@infrakit/spi'
import { parseInput } from '@infrakit/spi/schemas'
import { openStore } from '@infrakit/store'
import { z } from 'zod'

const properties = z.strictObject({ Note: z.string() })
await runPlugin<{ dir: string }>({
  module: import.meta.url,
  name: 'instance-folder',
  description: 'Makes instances that are files in a folder',
  events: true,
  options: (command) => command.requiredOption('--dir <folder>', 'where the instances are'),
  async start({ options: { dir }, events, signal }) {
    const files = await openStore<InstanceSpec>(dir, { format: { parse: parseJson, stringify: stringifyJson } })
    watch(dir, { signal }, () => events.publish({ Topic: 'instance', Type: 'changed', ID: '', Message: 'look again' }))
    const missing = (id: string) => Promise.reject(new InfrakitError('not-found', `there is no instance '${id}'`))
    const find = async (id: string) => (await files.read(id)) ?? missing(id)
    const instances = offer(instanceInterface, {
      validate: async ({ Properties }) => void parseInput(properties, Properties, { prefix: 'Properties' }),
      async provision({ Spec }) {
        const ID = Spec.Tags?.[tag.provision] ?? crypto.randomUUID() // a repeated key is the same instance
        if (!(await files.read(ID))) await files.write(ID, { ...Spec, Tags: { ...Spec.Tags } })
        return { ID }
      },
      label: ({ Instance: id, Labels }) =>
        find(id).then((spec) => files.write(id, { ...spec, Tags: { ...spec.Tags, ...Labels } })),
      destroy: ({ Instance: id }) => find(id).then(() => files.remove(id)),
      async describeInstances({ Tags, Properties: wanted }) {
        const all = await Promise.all((await files.keys()).map(async (ID) => ({ ID, ...(await files.read(ID)) })))
        const found = all.filter((one) => one.Tags && matchesTags(one.Tags, Tags)) // some went meanwhile
        return { Descriptions: found.map(({ Properties, ...one }) => (wanted ? { ...one, Properties } : one)) }
      },
    })
    return { offers: [instances] }
  },
})
