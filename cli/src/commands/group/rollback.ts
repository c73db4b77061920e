import { InfrakitError } from '@infrakit/spi'
import { defineCommand } from '../../command.js'
import { connectRevisions } from '../../groups/connect.js'
import { watchGroup } from '../../groups/wait.js'
import { countOption, durationOption } from '../../option-values.js'

interface Options {
  readonly to?: string
  readonly pretend?: boolean
  readonly wait?: boolean
  readonly timeout?: string
}

export const rollback = defineCommand<Options>({
  description: `Makes an older revision of a group active again, as a commit of it would: the one before the active one, or the one
given by --to.`,
  options: [
    { flags: '--to <revision>', description: "the revision to go back to; see 'infrakit group history'" },
    { flags: '--pretend', description: 'only tell what would be done' },
    { flags: '--wait', description: 'wait until it is done' },
    { flags: '--timeout <duration>', description: 'with --wait: wait no longer than this' },
  ],
  examples: ['infrakit group rollback app-blue', 'infrakit group rollback --to 3 --wait app-blue'],
  async run(context, [id = ''], { to, pretend = false, wait, timeout }) {
    if (pretend && wait) throw new InfrakitError('input', '--pretend and --wait exclude each other; give one of them')
    const timeoutMs = durationOption('--timeout', timeout)
    const wanted = countOption('--to', to)
    const revisions = await connectRevisions(context)
    const watching = wait ? await watchGroup(context, id, timeoutMs) : undefined
    try {
      const request = { ID: id, Pretend: pretend, ...(wanted === undefined ? {} : { Revision: wanted }) }
      const { Details, Revision } = await revisions.rollback(request)
      if (pretend && !context.json)
        context.print(`Rolling ${id} back to revision ${Revision} would involve: ${Details}`)
      else if (!context.json && !context.quiet) context.print(`Rolled ${id} back to revision ${Revision}: ${Details}`)
      await watching?.converged({ id, revision: Revision })
      if (context.json) return await context.printJson({ id, revision: Revision, details: Details })
      if (wait && !context.quiet) context.print(`rollback ${id} completed`)
    } finally {
      watching?.close()
    }
  },
})
