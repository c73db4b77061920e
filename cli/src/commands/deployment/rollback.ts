import { defineCommand } from '../../command.js'
import { changeOptions, changeService, type ChangeOptions } from '../../deployments/change.js'
import { countOption } from '../../option-values.js'

export const rollback = defineCommand<ChangeOptions & { now?: boolean }>({
  description: `Makes an old release active again, with its size, its routes and its proxies, through the same steps and tests: the last one
that was kept, or the one given.`,
  options: [{ flags: '--now', description: 'without tests' }, ...changeOptions],
  examples: ['infrakit deployment rollback shop', 'infrakit deployment rollback shop 7 --now'],
  async run(context, [service = '', release], options) {
    const Release = countOption('release', release) ?? null
    return changeService(context, service, options, (deployment, request, call) =>
      deployment.rollback({ ...request, Release, Now: options.now ?? false }, call),
    )
  },
})
