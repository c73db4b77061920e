import { flavorInterface } from '@infrakit/spi'
import { connectNamed } from '../../connect-named.js'
import { defineCommand } from '../../command.js'
import { readDocument } from '../../files/documents.js'
import { answerAbout } from '../../files/source-error.js'
import { allocationFrom, allocationOptions, type AllocationOptions } from '../../flavors.js'

export const validate = defineCommand<AllocationOptions>({
  description: `Asks the flavor whether these properties suit a group: a JSON or YAML file ('-' is standard input) with what stands at
Properties.Flavor.Properties of a group.`,
  options: allocationOptions,
  examples: ['infrakit flavor --name flavor-vanilla validate flavor.json --size 2'],
  async run(context, [file = ''], options) {
    const { source, value } = await readDocument(file)
    const flavor = await connectNamed(context, flavorInterface)
    await answerAbout(source, flavor.validate({ Properties: value, Allocation: allocationFrom(options) }))
    if (context.json) return context.printJson({ valid: true })
    if (!context.quiet) context.print(`${source}: valid`)
  },
})
