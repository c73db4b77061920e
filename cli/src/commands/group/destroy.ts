import { defineCommand } from '../../command.js'
import type { Context } from '../../context.js'
import { connectGroup } from '../../groups/connect.js'
import { watchGroup } from '../../groups/wait.js'
import { durationOption } from '../../option-values.js'

interface Options {
  readonly wait?: boolean
  readonly timeout?: string
}

export const destroy = defineCommand<Options>({
  description: `Marks groups for destruction and returns; their instances are drained and destroyed one after the other. There is no
way back.`,
  options: [
    { flags: '--wait', description: 'wait until everything is gone' },
    { flags: '--timeout <duration>', description: 'with --wait: wait no longer than this for each group' },
  ],
  examples: ['infrakit group destroy app-blue', 'infrakit group destroy --wait app-blue app-green'],
  async run(context, ids, { wait, timeout }) {
    const timeoutMs = durationOption('--timeout', timeout)
    const group = await connectGroup(context)
    for (const id of ids) {
      await group.destroyGroup({ ID: id })
      if (!context.json && !context.quiet) context.print(`Destroying ${id}`)
    }
    if (wait) for (const id of ids) await awaitEnd(context, id, timeoutMs)
    if (context.json) await context.printJson(ids.map((id) => ({ id })))
  },
})

async function awaitEnd(context: Context, id: string, timeoutMs: number | undefined): Promise<void> {
  const watching = await watchGroup(context, id, timeoutMs)
  try {
    await watching.gone(id)
  } finally {
    watching.close()
  }
  if (!context.json && !context.quiet) context.print(`Destroyed ${id}`)
}
