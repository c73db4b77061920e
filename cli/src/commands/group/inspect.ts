import { defineCommand } from '../../command.js'
import { connectGroup } from '../../groups/connect.js'
import { formatInstances } from '../../output/instances.js'

export const inspect = defineCommand({
  description: 'Lists the instances of a group with their logical IDs and tags.',
  examples: ['infrakit group inspect app-blue', 'infrakit group inspect -q app-blue'],
  async run(context, [id = '']) {
    const { Description } = await (await connectGroup(context)).describeGroup({ ID: id })
    if (context.json) return context.printJson(Description.Instances)
    for (const line of formatInstances(Description.Instances, context)) context.print(line)
  },
})
