import { InfrakitError } from '@infrakit/spi'
import { patient } from '../../connect-named.js'
import { connectProxy } from '../../proxy/connect.js'
import { defineCommand } from '../../command.js'
import { readRoutes } from '../../files/routes.js'
import { answerAbout } from '../../files/source-error.js'
import { countOption } from '../../option-values.js'

export const apply = defineCommand<{ ifVersion?: string }>({
  description: `Makes the routes of a JSON or YAML file ('-' is standard input) live, one after the other, and returns when they are. A route
without Owner belongs to 'cli'. What is refused changes nothing of its route.`,
  options: [
    { flags: '--if-version <n>', description: 'only when the route is at this version; 0: when there is none' },
  ],
  examples: ['infrakit proxy apply shop-route.yml', 'infrakit proxy apply shop-route.yml --if-version 3'],
  async run(context, [file = ''], { ifVersion }) {
    const IfVersion = countOption('--if-version', ifVersion) ?? null
    const routes = await readRoutes(file)
    if (IfVersion !== null && routes.length > 1) {
      throw new InfrakitError(
        'input',
        `--if-version: ${file} holds ${routes.length} routes, each with a version of its own`,
      )
    }
    const proxy = await connectProxy(context)
    const done = []
    for (const { source, route } of routes) {
      const { Version, Changed } = await answerAbout(source, proxy.apply({ Route: route, IfVersion }, patient))
      done.push({ Name: route.Name, Version, Changed })
      if (context.json || context.quiet) continue
      context.print(`${route.Name}: ${Changed ? 'live' : 'unchanged'}, version ${Version}`)
    }
    if (context.json) await context.printJson(done)
  },
})
