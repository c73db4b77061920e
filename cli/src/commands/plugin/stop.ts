import { infrakitHome, listPlugins, pluginsDir } from '@infrakit/discovery'
import { InfrakitError } from '@infrakit/spi'
import { defineCommand } from '../../command.js'
import type { Context } from '../../context.js'
import { durationOption } from '../../option-values.js'
import { combineErrors } from '../../output/combine-errors.js'
import { recordedNames } from '../../processes/record.js'
import { stopPlugin, type Stopped } from '../../processes/stop.js'

interface Options {
  readonly all?: boolean
  readonly kill?: boolean
  readonly timeout?: string
}

export const stop = defineCommand<Options>({
  description: `Ends plugins and waits until they are gone. Their instances stay as they are. Exactly the process that serves the
plugin's socket is ended: a pid that somebody else got meanwhile is left alone.`,
  options: [
    { flags: '--all', description: 'end every plugin in the plugin folder' },
    { flags: '--timeout <duration>', description: 'how long to wait for its end (default 15s)' },
    { flags: '--kill', description: 'end it by force after that time' },
  ],
  examples: ['infrakit plugin stop group instance-file flavor-vanilla', 'infrakit plugin stop --all'],
  async run(context, names, { all, kill = false, timeout }) {
    if (all === true && names.length > 0) throw new InfrakitError('input', '--all and names exclude each other')
    if (!all && names.length === 0) {
      throw new InfrakitError('input', 'which plugin?', { hint: "give names, or --all; see 'infrakit plugin ls'" })
    }
    const timeoutMs = durationOption('--timeout', timeout) ?? 15_000
    await stopAll(context, all ? await everyName(context) : names, { kill, timeoutMs })
  },
})

async function everyName(context: Context): Promise<string[]> {
  const running = await listPlugins(pluginsDir(context.env))
  return [...new Set([...running.map(({ name }) => name), ...(await recordedNames(infrakitHome(context.env)))])].sort()
}

async function stopAll(
  context: Context,
  names: readonly string[],
  options: { kill: boolean; timeoutMs: number },
): Promise<void> {
  const where = { home: infrakitHome(context.env), pluginsDir: pluginsDir(context.env) }
  const results = await Promise.allSettled(names.map((name) => stopPlugin({ ...where, name, ...options })))
  const stopped = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  if (context.json) await context.printJson(stopped)
  else if (!context.quiet) for (const one of stopped) context.print(tell(one))
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
  if (errors.length > 0) throw combineErrors(errors)
}

function tell({ name, state, pid }: Stopped): string {
  if (state === 'not running') return `${name} is not running`
  return `Stopped ${name}${pid === null ? '' : ` (pid ${pid})`}`
}
