import { instanceInterface } from '@infrakit/spi'
import { connectNamed } from '../../connect-named.js'
import { defineCommand } from '../../command.js'
import { pairsOption } from '../../option-values.js'

export const label = defineCommand({
  description: 'Adds tags to an instance, or replaces their values; its other tags stay.',
  examples: ['infrakit instance --name instance-file label instance-6050337735652914571 tier=web project=app'],
  async run(context, [id = '', ...pairs]) {
    const labels = pairsOption('tag', pairs)
    await (await connectNamed(context, instanceInterface)).label({ Instance: id, Labels: labels })
    if (context.json) return context.printJson({ ID: id, Labels: labels })
    if (!context.quiet) context.print(`Labelled ${id}`)
  },
})
