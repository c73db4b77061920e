import { flavorInterface } from '@infrakit/spi'
import { connectNamed } from '../../connect-named.js'
import { defineCommand } from '../../command.js'
import { readDocument } from '../../files/documents.js'
import { answerAbout } from '../../files/source-error.js'
import { instanceSpec } from '../../files/instance-spec.js'
import { allocationFrom, allocationOptions, type AllocationOptions } from '../../flavors.js'
import { countOption } from '../../option-values.js'

interface Options extends AllocationOptions {
  readonly group?: string
  readonly sequence?: string
}

export const prepare = defineCommand<Options>({
  description: `Shows what the flavor makes of the specification of an instance. Two JSON or YAML files: the flavor's properties, and
the specification (Properties, Tags, Init, LogicalID, Attachments).`,
  options: [
    ...allocationOptions,
    { flags: '--group <id>', description: 'ID of the group' },
    { flags: '--sequence <number>', description: 'which member of the group it is to be (default 0)' },
  ],
  examples: ['infrakit flavor --name flavor-vanilla prepare flavor.json instance.json'],
  async run(context, [propertiesFile = '', specFile = ''], { group = '', sequence, ...options }) {
    const properties = await readDocument(propertiesFile)
    const { source, value } = await readDocument(specFile)
    const flavor = await connectNamed(context, flavorInterface)
    const request = {
      Properties: properties.value,
      Spec: instanceSpec(source, value),
      Allocation: allocationFrom(options),
      Index: { Group: group, Sequence: countOption('--sequence', sequence) ?? 0 },
    }
    const { Spec } = await answerAbout(properties.source, flavor.prepare(request))
    await context.printJson(Spec)
  },
})
