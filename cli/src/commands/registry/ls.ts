import { defineCommand } from '../../command.js'
import { formatEntries } from '../../output/registry.js'
import { connectRegistry } from '../../registry/connect.js'

export const ls = defineCommand({
  description: 'Lists the keys that begin with a prefix, or all, in order, as they are at one moment.',
  examples: ['infrakit registry ls', 'infrakit registry ls shop/'],
  async run(context, [prefix = '']) {
    const { Entries } = await (await connectRegistry(context)).list({ Prefix: prefix })
    if (context.json) return context.printJson(Entries)
    for (const line of formatEntries(Entries, context)) context.print(line)
  },
})
