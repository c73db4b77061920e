import { defineCommand } from '../../command.js'
import { changeOptions, changeService, type ChangeOptions } from '../../deployments/change.js'

export const scale = defineCommand<ChangeOptions>({
  description: `Changes how many instances the active release has: to a number, or by +2 or -1 of those there are; never below 1. The size is
remembered: later releases have it too, until another one is written in their file.`,
  options: changeOptions,
  examples: [
    'infrakit deployment scale shop 5',
    'infrakit deployment scale shop +2',
    'infrakit deployment scale shop -- -1',
  ],
  async run(context, [service = '', Scale = ''], options) {
    return changeService(context, service, options, (deployment, request, call) =>
      deployment.scale({ ...request, Scale }, call),
    )
  },
})
