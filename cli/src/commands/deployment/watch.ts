import { InfrakitError } from '@infrakit/spi'
import { defineCommand } from '../../command.js'
import { connectDeployment } from '../../deployments/connect.js'
import { follow } from '../../deployments/follow.js'

export const watch = defineCommand({
  description: `Follows the deployment of a service that goes on, until it has ended, as 'infrakit deploy' does.`,
  examples: ['infrakit deployment watch shop'],
  async run(context, [service = '']) {
    const { name, deployment } = await connectDeployment(context)
    const { Description } = await deployment.describe({ Service: service })
    const report = Description.Deployment
    if (!report || report.Ended) {
      throw new InfrakitError('conflict', `no deployment of '${service}' goes on. ${Description.Summary}`)
    }
    return follow(context, { plugin: name, deployment, service, id: report.ID })
  },
})
