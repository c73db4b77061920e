import { instanceInterface, type Unreachable } from '@infrakit/spi'
import { connectNamed } from '../../connect-named.js'
import { defineCommand } from '../../command.js'
import { pairsOption } from '../../option-values.js'
import { formatInstances } from '../../output/instances.js'

interface Options {
  readonly tags?: readonly string[]
  readonly properties?: boolean
}

export const describe = defineCommand<Options>({
  description: 'Lists the instances of a plugin, those with all the given tags.',
  options: [
    {
      flags: '--tags <key=value>',
      description: 'only instances with this tag; may be given several times',
      repeat: true,
    },
    { flags: '--properties', description: 'with the properties of each instance' },
  ],
  examples: [
    'infrakit instance --name instance-file describe',
    'infrakit instance --name instance-file describe --tags infrakit.group=app-blue --properties',
    'infrakit instance-file describe',
  ],
  async run(context, _args, { tags, properties = false }) {
    const plugin = await connectNamed(context, instanceInterface)
    const wanted = tags ? pairsOption('--tags', tags) : null
    const result = await plugin.describeInstances({ Tags: wanted, Properties: properties })
    const instances = [...(result.Descriptions ?? [])].sort((a, b) => (a.ID < b.ID ? -1 : 1))
    for (const part of result.Unreachable ?? []) warn(part)
    if (context.json) return context.printJson(instances)
    const { stringifyJson } = await import('@infrakit/rpc/client')
    const options = { quiet: context.quiet, ...(properties ? { properties: stringifyJson } : {}) }
    for (const line of formatInstances(instances, options)) context.print(line)
  },
})

/** Also when quiet: a list that is short without saying so misleads. */
function warn({ Host, Since }: Unreachable): void {
  process.stderr.write(`warning: ${Host} cannot be reached since ${Since}; its instances are not listed\n`)
}
