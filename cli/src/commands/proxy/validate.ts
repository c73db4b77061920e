import { connectProxy } from '../../proxy/connect.js'
import { defineCommand } from '../../command.js'
import { readRoutes } from '../../files/routes.js'
import { answerAbout } from '../../files/source-error.js'

export const validate = defineCommand({
  description:
    "Asks the proxy whether it could serve the routes of a JSON or YAML file ('-' is standard input). Changes nothing.",
  examples: ['infrakit proxy validate shop-route.yml'],
  async run(context, [file = '']) {
    const routes = await readRoutes(file)
    const proxy = await connectProxy(context)
    for (const { source, route } of routes) await answerAbout(source, proxy.validate({ Route: route }))
    if (context.json) await context.printJson({ valid: true })
    else if (!context.quiet) context.print(`${file}: valid`)
  },
})
