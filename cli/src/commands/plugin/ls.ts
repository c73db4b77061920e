// The smallest parts that will do: loading modules is most of the time that this command takes.
import { listPlugins, type FoundPlugin } from '@infrakit/discovery/find'
import { pluginsDir } from '@infrakit/discovery/folders'
import { defineCommand } from '../../command.js'
import type { Context } from '../../context.js'
import { formatTable } from '../../output/table.js'

export const ls = defineCommand<{ probe?: boolean }>({
  description: `Lists the plugins by their sockets. With --probe each is asked what it offers, so that one that does not answer is
told from one that does.`,
  options: [{ flags: '--probe', description: 'ask each plugin for its interfaces' }],
  examples: ['infrakit plugin ls', 'infrakit plugin ls --probe --json'],
  async run(context, _args, { probe }) {
    const found = await listPlugins(pluginsDir(context.env))
    if (probe) return showProbed(context, found)
    if (context.json) return context.printJson(found.map(toJson))
    show(
      context,
      [{ title: 'NAME', width: 20 }, { title: 'LISTEN' }],
      found.map((one) => [one.name, one.listen]),
    )
  },
})

function show(context: Context, columns: { title: string; width?: number }[], rows: string[][]): void {
  if (!context.quiet) context.print('Plugins:')
  for (const line of formatTable(columns, rows, context)) context.print(line)
  if (rows.length === 0) context.note("no plugin is there; 'infrakit plugin start --help' tells how to start some")
}

async function showProbed(context: Context, found: readonly FoundPlugin[]): Promise<void> {
  const { probePlugin } = await import('../../processes/probe.js')
  const probed = await Promise.all(found.map(async (one) => ({ ...toJson(one), ...(await probePlugin(one)) })))
  if (context.json) return context.printJson(probed)
  const rows = probed.map((one) => [one.name, one.listen, one.interfaces?.join(', ') ?? `- (${one.error})`])
  show(context, [{ title: 'NAME', width: 20 }, { title: 'LISTEN' }, { title: 'INTERFACES' }], rows)
}

function toJson({ name, listen, pid }: FoundPlugin) {
  return { name, listen, pid: pid ?? null }
}
