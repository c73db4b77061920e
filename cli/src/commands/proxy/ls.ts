import { connectProxy } from '../../proxy/connect.js'
import { defineCommand } from '../../command.js'
import { routeColumns, routeRows } from '../../output/routes.js'
import { formatTable } from '../../output/table.js'

export const ls = defineCommand({
  description: `Lists all routes with their servers: how they are, their share of the requests, what is in flight, and how many requests,
answers 5xx and errors there were.`,
  examples: ['infrakit proxy ls', 'infrakit proxy ls --json'],
  async run(context) {
    const proxy = await connectProxy(context)
    const { Routes } = await proxy.list({})
    const routes = await Promise.all(
      Routes.map(async ({ Route }) => (await proxy.describe({ Name: Route.Name })).Route),
    )
    if (context.json) return context.printJson(routes)
    for (const line of formatTable(routeColumns, routes.flatMap(routeRows), context)) context.print(line)
  },
})
