import { defineCommand } from '../../command.js'
import { patient } from '../../connect-named.js'
import { connectDeployment } from '../../deployments/connect.js'

export const unlock = defineCommand({
  description: `Takes over a deployment whose owner is gone, and brings it to an end, without waiting for the next search for such ones. While the
owner holds its lease it is refused: nobody's deployment is pulled away from under it.`,
  examples: ['infrakit deployment unlock shop'],
  async run(context, [Service = '']) {
    const { deployment } = await connectDeployment(context)
    const { Owner } = await deployment.unlock({ Service }, patient)
    if (context.json) return context.printJson({ Owner: Owner ?? null })
    context.print(
      Owner ? `taken over from ${Owner}; see it: infrakit deployment watch ${Service}` : `${Service} is not locked`,
    )
  },
})
