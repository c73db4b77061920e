import type { Deployment } from '@infrakit/spi'
import { defineCommand, type CommandDefinition } from '../../command.js'
import { connectDeployment } from '../../deployments/connect.js'

export const promote = steering({
  description: 'Ends the time for which a release is watched: the next step begins.',
  example: 'infrakit deployment promote shop',
  done: 'promoted',
  act: (deployment, Service) => deployment.promote({ Service }),
})

export const pause = steering({
  description: `Lets the step end that goes on, and begins no further one until 'infrakit deployment resume'. Traffic stays as it is.`,
  example: 'infrakit deployment pause shop',
  done: 'is paused after this step',
  act: (deployment, Service) => deployment.pause({ Service }),
})

export const resume = steering({
  description: 'Goes on with a deployment that was paused.',
  example: 'infrakit deployment resume shop',
  done: 'goes on',
  act: (deployment, Service) => deployment.resume({ Service }),
})

function steering(verb: {
  readonly description: string
  readonly example: string
  readonly done: string
  readonly act: (deployment: Deployment, service: string) => Promise<void>
}): CommandDefinition {
  return defineCommand({
    description: verb.description,
    examples: [verb.example],
    async run(context, [service = '']) {
      const { deployment } = await connectDeployment(context)
      await verb.act(deployment, service)
      if (context.json) return context.printJson({ Service: service })
      if (!context.quiet) context.print(`${service} ${verb.done}`)
    },
  })
}
