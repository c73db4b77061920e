import { defineCommand } from '../../command.js'
import { formatServices } from '../../output/registry.js'
import { connectRegistry } from '../../registry/connect.js'

export const services = defineCommand({
  description: 'Lists where services can be found and how they are: all of them, or those of one name.',
  examples: ['infrakit registry services', 'infrakit registry services shop'],
  async run(context, [name]) {
    const { Services } = await (await connectRegistry(context)).services({ Name: name ?? null })
    if (context.json) return context.printJson(Services)
    for (const line of formatServices(Services, context)) context.print(line)
  },
})
