import { defineCommand } from '../../command.js'
import { connectRegistry } from '../../registry/connect.js'

export const deregister = defineCommand({
  description: 'Removes services by their IDs; one that is not there is no error.',
  examples: ['infrakit registry deregister shop-1'],
  async run(context, ids) {
    const registry = await connectRegistry(context)
    for (const ID of ids) {
      await registry.deregister({ ID })
      if (!context.json && !context.quiet) context.print(`Deregistered ${ID}`)
    }
    if (context.json) await context.printJson(ids.map((ID) => ({ ID })))
  },
})
