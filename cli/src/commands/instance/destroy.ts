import { instanceInterface } from '@infrakit/spi'
import { connectNamed, patient } from '../../connect-named.js'
import { defineCommand } from '../../command.js'

export const destroy = defineCommand({
  description: 'Destroys instances. A group that they belong to makes new ones in their place.',
  examples: ['infrakit instance --name instance-file destroy instance-6050337735652914571'],
  async run(context, ids) {
    const plugin = await connectNamed(context, instanceInterface)
    for (const id of ids) {
      await plugin.destroy({ Instance: id }, patient)
      if (!context.json && !context.quiet) context.print(`Destroyed ${id}`)
    }
    if (context.json) await context.printJson(ids.map((ID) => ({ ID })))
  },
})
