import { patient } from '../../connect-named.js'
import { connectProxy } from '../../proxy/connect.js'
import { defineCommand } from '../../command.js'

export const remove = defineCommand<{ owner?: string }>({
  description: `Takes no more requests for a route; those under way are finished. One that is not there is no error. A route of another owner
is removed only when --owner names that one.`,
  options: [{ flags: '--owner <owner>', description: 'whose route it is (default: cli)' }],
  examples: ['infrakit proxy remove shop', 'infrakit proxy remove shop --owner deployment/shop'],
  async run(context, [Name = ''], { owner = 'cli' }) {
    const proxy = await connectProxy(context)
    await proxy.remove({ Name, Owner: owner }, patient)
    if (context.json) await context.printJson({ removed: Name })
    else if (!context.quiet) context.print(`Removed ${Name}`)
  },
})
