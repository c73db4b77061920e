import { defineCommand } from '../../command.js'
import { connectDeployment } from '../../deployments/connect.js'
import { failureLines, liveLines, trafficLines } from '../../deployments/lines.js'
import { formatTable, printable } from '../../output/table.js'

export const describe = defineCommand({
  description: `Shows a service: its releases, who gets the requests, how its instances are, and the deployment that goes on or was the
last one. The last line says in which state it is.`,
  examples: ['infrakit deployment describe shop', 'infrakit deployment describe shop --json'],
  async run(context, [Service = '']) {
    const { deployment } = await connectDeployment(context)
    const { Description } = await deployment.describe({ Service })
    if (context.json) return context.printJson(Description)
    const columns = ['RELEASE', 'COLOUR', 'SIZE', 'STATE', 'GROUP', 'DEPLOYED'].map((title) => ({ title }))
    const rows = Description.Releases.map(({ Release, Colour, Scale, State, Group, Deployed }) => {
      return [String(Release), Colour, String(Scale), State, Group, Deployed]
    })
    for (const line of formatTable(columns, rows, { quiet: context.quiet })) context.print(line)
    const { Deployment } = Description
    const goesOn = Deployment && !Deployment.Ended
    for (const line of goesOn ? liveLines(Description, Infinity) : trafficLines(Description))
      context.print(printable(line))
    const sick = Description.Instances.filter(({ Health }) => !['healthy', 'stopped'].includes(Health))
    for (const { Group, Instance, Health, Reason } of sick) {
      context.print(printable(`  ${Group} ${Instance}: ${Health}${Reason ? `, ${Reason}` : ''}`))
    }
    if (Deployment?.Failure) for (const line of failureLines(Deployment)) context.print(printable(line))
    context.print(printable(Description.Summary))
  },
})
