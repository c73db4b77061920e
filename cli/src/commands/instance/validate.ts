import { instanceInterface } from '@infrakit/spi'
import { connectNamed } from '../../connect-named.js'
import { defineCommand } from '../../command.js'
import { readDocument } from '../../files/documents.js'
import { answerAbout } from '../../files/source-error.js'

export const validate = defineCommand({
  description: `Asks the plugin whether it could make an instance with these properties: a JSON or YAML file ('-' is standard input)
with what stands at Properties.Instance.Properties of a group.`,
  examples: ['infrakit instance --name instance-file validate properties.json'],
  async run(context, [file = '']) {
    const { source, value } = await readDocument(file)
    const plugin = await connectNamed(context, instanceInterface)
    await answerAbout(source, plugin.validate({ Properties: value }))
    if (context.json) return context.printJson({ valid: true })
    if (!context.quiet) context.print(`${source}: valid`)
  },
})
