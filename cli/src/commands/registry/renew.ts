import { defineCommand } from '../../command.js'
import { connectRegistry } from '../../registry/connect.js'
import { epochOperand } from '../../registry/option-values.js'

export const renew = defineCommand({
  description:
    'Begins the term of a lease anew. It fails when the lease is no longer held with this epoch, though it has only run out.',
  examples: ['infrakit registry renew shop/deploy 12'],
  async run(context, [name = '', epoch]) {
    const token = { Name: name, Epoch: epochOperand(epoch) }
    const { Lease } = await (await connectRegistry(context)).renew(token)
    if (context.json) return context.printJson(Lease)
    if (!context.quiet) context.print(`Renewed ${name} for ${Lease.TTLSeconds}s`)
  },
})
