import { defineCommand } from '../../command.js'
import { changeOptions, changeService, type ChangeOptions } from '../../deployments/change.js'

export const stopOld = defineCommand<ChangeOptions>({
  description: `Stops the old releases of a service that were kept running (Retire.How: keep). They stay there to go back to.`,
  options: changeOptions,
  examples: ['infrakit deployment stop-old shop'],
  async run(context, [service = ''], options) {
    return changeService(context, service, options, (deployment, request, call) => deployment.stopOld(request, call))
  },
})
