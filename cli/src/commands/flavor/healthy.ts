import { flavorInterface, health } from '@infrakit/spi'
import { connectNamed } from '../../connect-named.js'
import { defineCommand } from '../../command.js'
import { readDocument } from '../../files/documents.js'
import { answerAbout } from '../../files/source-error.js'
import { instanceFrom, instanceOptions, type InstanceOptions } from '../../flavors.js'

export const healthy = defineCommand<InstanceOptions>({
  description: `Asks how the flavor judges an instance, and prints 'healthy', 'unhealthy' or 'unknown' and why. Ends with status 0 only
when it is healthy.`,
  options: instanceOptions,
  examples: ['infrakit flavor --name flavor-vanilla healthy flavor.json --id instance-6050337735652914571'],
  async run(context, [file = ''], options) {
    const { source, value } = await readDocument(file)
    const flavor = await connectNamed(context, flavorInterface)
    const request = { Properties: value, Instance: instanceFrom(options) }
    const { Health, Reason } = await answerAbout(source, flavor.healthy(request))
    const word = Object.entries(health).find(([, number]) => number === Health)?.[0] ?? 'unknown'
    if (context.json) await context.printJson({ Health: word, Reason: Reason ?? null })
    else context.print(Reason ? `${word}: ${Reason}` : word)
    return Health === health.healthy ? 0 : 1
  },
})
