import { defineCommand } from '../../command.js'
import { connectRegistry } from '../../registry/connect.js'
import { epochOperand } from '../../registry/option-values.js'

export const release = defineCommand({
  description: 'Gives a lease up. One that is no longer held with this epoch is left as it is.',
  examples: ['infrakit registry release shop/deploy 12'],
  async run(context, [name = '', epoch]) {
    const token = { Name: name, Epoch: epochOperand(epoch) }
    await (await connectRegistry(context)).release(token)
    if (context.json) return context.printJson(token)
    if (!context.quiet) context.print(`Released ${name}`)
  },
})
