import { defineCommand } from '../../command.js'
import { connectDeployment } from '../../deployments/connect.js'
import { follow } from '../../deployments/follow.js'

export const abort = defineCommand<{ reason?: string; detach?: boolean }>({
  description: `Takes back the deployment of a service that goes on, and returns when all is as it was before. One whose release is recorded
already is completed instead; 'infrakit deployment rollback' goes back then.`,
  options: [
    { flags: '--reason <text>', description: 'why; shown in the history' },
    { flags: '--detach', description: 'return at once' },
  ],
  examples: ['infrakit deployment abort shop --reason "wrong image"'],
  async run(context, [service = ''], { reason, detach }) {
    const { name, deployment } = await connectDeployment(context)
    const { Description } = await deployment.describe({ Service: service })
    await deployment.abort({ Service: service, Reason: reason ?? null })
    const id = Description.Deployment?.ID
    if (detach || id === undefined) return
    // It was to be taken back, and is: that is no failure.
    await follow(context, { plugin: name, deployment, service, id })
  },
})
