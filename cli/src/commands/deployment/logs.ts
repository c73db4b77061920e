import { defineCommand } from '../../command.js'
import { connectDeployment } from '../../deployments/connect.js'
import { printable } from '../../output/table.js'

export const logs = defineCommand({
  description: `Prints what a deployment did, and what its tests and hooks wrote: of the last one, or of the one named as in
'infrakit deployment history'.`,
  examples: ['infrakit deployment logs shop', 'infrakit deployment logs shop shop-12'],
  async run(context, [Service = '', ID]) {
    const { deployment } = await connectDeployment(context)
    const answer = await deployment.logs({ Service, ID: ID ?? null })
    if (context.json) return context.printJson(answer)
    for (const line of answer.Lines) context.print(printable(line))
  },
})
