import { defineCommand } from '../../command.js'
import { changeOptions, changeService, type ChangeOptions } from '../../deployments/change.js'

export const remove = defineCommand<ChangeOptions>({
  description: `Ends a service: it is taken out of its proxies and the catalogue, what is in flight is answered, and all its groups are
destroyed with their instances. That cannot be taken back. Its history stays, and a release to come is numbered on.`,
  options: changeOptions,
  examples: ['infrakit deployment remove shop --pretend', 'infrakit deployment remove shop'],
  async run(context, [service = ''], options) {
    return changeService(context, service, options, (deployment, request, call) => deployment.remove(request, call))
  },
})
