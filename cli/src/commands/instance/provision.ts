import { instanceInterface } from '@infrakit/spi'
import { connectNamed, patient } from '../../connect-named.js'
import { defineCommand } from '../../command.js'
import { instanceSpec } from '../../files/instance-spec.js'
import { readDocument } from '../../files/documents.js'
import { answerAbout } from '../../files/source-error.js'

export const provision = defineCommand({
  description: `Makes one instance from a JSON or YAML file ('-' is standard input) with Properties, Tags, Init, LogicalID and
Attachments, and prints its ID.`,
  examples: ['infrakit instance --name instance-file provision instance.json'],
  async run(context, [file = '']) {
    const { source, value } = await readDocument(file)
    const spec = instanceSpec(source, value)
    const plugin = await connectNamed(context, instanceInterface)
    const { ID } = await answerAbout(source, plugin.provision({ Spec: spec }, patient))
    if (context.json) return context.printJson({ ID })
    context.print(ID)
  },
})
