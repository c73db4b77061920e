import { defineCommand } from '../../command.js'
import { connectDeployment } from '../../deployments/connect.js'
import { formatTable } from '../../output/table.js'

export const ls = defineCommand({
  description:
    'Lists all services: which release is active, of which colour and size, and whether a deployment goes on.',
  examples: ['infrakit deployment ls', 'infrakit deployment ls --json'],
  async run(context) {
    const { deployment } = await connectDeployment(context)
    const { Services } = await deployment.list({})
    if (context.json) return context.printJson(Services)
    const columns = ['SERVICE', 'RELEASE', 'COLOUR', 'SIZE', 'STATE'].map((title) => ({ title }))
    const rows = Services.map(({ Service, Release, Colour, Scale, State }) => [
      Service,
      ...[Release, Colour, Scale].map((value) => String(value ?? '-')),
      State,
    ])
    for (const line of formatTable(columns, rows, { quiet: context.quiet })) context.print(line)
  },
})
