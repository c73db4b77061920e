import { connectProxy } from '../../proxy/connect.js'
import { defineCommand } from '../../command.js'
import { describeRoute, routeColumns, routeRows } from '../../output/routes.js'
import { formatTable } from '../../output/table.js'

export const describe = defineCommand({
  description: 'Shows a route: whose it is, which requests it takes, and its servers as they are now.',
  examples: ['infrakit proxy describe shop', 'infrakit proxy describe shop --json'],
  async run(context, [Name = '']) {
    const proxy = await connectProxy(context)
    const { Route } = await proxy.describe({ Name })
    if (context.json) return context.printJson(Route)
    for (const line of describeRoute(Route)) context.print(line)
    for (const line of formatTable(routeColumns, routeRows(Route), context)) context.print(line)
  },
})
