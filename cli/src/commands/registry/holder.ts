import { defineCommand } from '../../command.js'
import { formatLease } from '../../output/registry.js'
import { connectRegistry } from '../../registry/connect.js'

export const holder = defineCommand({
  description: 'Tells who has a lease. The status is 1 when nobody has it.',
  examples: ['infrakit registry holder shop/deploy'],
  async run(context, [name = '']) {
    const { Lease } = await (await connectRegistry(context)).holder({ Name: name })
    if (context.json) await context.printJson(Lease ?? null)
    else if (Lease) for (const line of formatLease(Lease, context)) context.print(line)
    else context.note(`nobody holds ${name}`)
    return Lease ? 0 : 1
  },
})
