import { flavorInterface } from '@infrakit/spi'
import { connectNamed, patient } from '../../connect-named.js'
import { defineCommand } from '../../command.js'
import { readDocument } from '../../files/documents.js'
import { answerAbout } from '../../files/source-error.js'
import { instanceFrom, instanceOptions, type InstanceOptions } from '../../flavors.js'

export const drain = defineCommand<InstanceOptions>({
  description: 'Takes an instance out of use and returns once nothing is in flight on it.',
  options: instanceOptions,
  examples: ['infrakit flavor --name flavor-vanilla drain flavor.json --id instance-6050337735652914571'],
  async run(context, [file = ''], options) {
    const { source, value } = await readDocument(file)
    const instance = instanceFrom(options)
    const flavor = await connectNamed(context, flavorInterface)
    await answerAbout(source, flavor.drain({ Properties: value, Instance: instance }, patient))
    if (context.json) return context.printJson({ ID: instance.ID })
    if (!context.quiet) context.print(`Drained ${instance.ID}`)
  },
})
