import { InfrakitError } from '@infrakit/spi'
import { defineCommand } from '../../command.js'
import { connectRegistry } from '../../registry/connect.js'

export const get = defineCommand({
  description: 'Prints the value of a key; with --json, its version as well.',
  examples: ['infrakit registry get shop/colour', 'infrakit registry get shop/colour --json'],
  async run(context, [key = '']) {
    const { Entry } = await (await connectRegistry(context)).get({ Key: key })
    if (!Entry) throw new InfrakitError('not-found', `there is no key '${key}'`, { hint: "see 'infrakit registry ls'" })
    if (context.json) return context.printJson(Entry)
    // As it is: whoever wants it in a file, wants nothing else there.
    context.print(Entry.Value)
  },
})
