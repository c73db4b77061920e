import { defineCommand } from '../../command.js'
import { connectDeployment } from '../../deployments/connect.js'
import { formatTable } from '../../output/table.js'

export const history = defineCommand({
  description: 'Lists the last 20 deployments of a service, newest first, with how they ended and why they failed.',
  examples: ['infrakit deployment history shop'],
  async run(context, [Service = '']) {
    const { deployment } = await connectDeployment(context)
    const { Deployments } = await deployment.history({ Service })
    if (context.json) return context.printJson(Deployments)
    const columns = ['DEPLOYMENT', 'KIND', 'RELEASE', 'STRATEGY', 'STATE', 'BEGAN', 'WHY'].map((title) => ({ title }))
    const rows = Deployments.map(({ ID, Kind, Release, Strategy, State, Began, Failure }) => {
      return [ID, Kind, String(Release), Strategy, State, Began, Failure?.Message ?? '']
    })
    for (const line of formatTable(columns, rows, { quiet: context.quiet })) context.print(line)
  },
})
