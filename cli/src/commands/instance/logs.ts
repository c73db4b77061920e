import { logsInterface } from '@infrakit/spi'
import { connectNamed } from '../../connect-named.js'
import { defineCommand } from '../../command.js'
import { countOption } from '../../option-values.js'
import { printable } from '../../output/table.js'

export const logs = defineCommand<{ lines?: string }>({
  description: 'Shows the last lines that an instance wrote. The plugin must offer the interface Logs.',
  options: [{ flags: '-n, --lines <count>', description: 'how many lines (default 100)' }],
  examples: ['infrakit instance --name instance-file logs -n 20 instance-6050337735652914571'],
  async run(context, [id = ''], { lines }) {
    const count = countOption('--lines', lines) ?? 100
    const plugin = await connectNamed(context, logsInterface)
    const { Lines } = await plugin.tail({ Instance: id, Lines: count })
    if (context.json) return context.printJson(Lines)
    for (const line of Lines) context.print(printable(line))
  },
})
