import { infrakitHome, pluginsDir } from '@infrakit/discovery'
import { InfrakitError } from '@infrakit/spi'
import { defineCommand } from '../../command.js'
import type { Context } from '../../context.js'
import { durationOption } from '../../option-values.js'
import { readWanted } from '../../processes/executables.js'
import { logFile } from '../../processes/log-file.js'
import type { Launch } from '../../processes/record.js'
import { startAll } from '../../processes/start-all.js'

interface Options {
  readonly supervise?: boolean
  readonly timeout?: string
}

export const start = defineCommand<Options>({
  description: `Starts plugins in the background and waits until they answer. A plugin is given by its short name (group,
instance-file), by the path of an executable, or as NAME=EXECUTABLE, where NAME is what it is called on its socket. What
stands after '--' is handed to the executable of a single plugin. Its output goes to $INFRAKIT_HOME/logs/<name>.log.

With --supervise it is started again whenever it ends, until 'infrakit plugin stop' ends it.`,
  options: [
    {
      flags: '--supervise',
      description: 'start it again whenever it ends, sooner or later depending on how often it does',
    },
    { flags: '--timeout <duration>', description: 'how long to wait until it answers (default 10s)' },
  ],
  examples: [
    'infrakit plugin start group flavor-vanilla',
    'infrakit plugin start --supervise instance-file -- --dir ./tutorial/instances',
    'infrakit plugin start mine=./my-plugin.py',
  ],
  async run(context, args, { supervise = false, timeout }) {
    const timeoutMs = durationOption('--timeout', timeout) ?? 10_000
    const names = args.slice(0, args.length - context.passedOn.length)
    if (names.length === 0) throw new InfrakitError('input', 'which plugin?', { hint: 'a plugin stands before --' })
    if (context.passedOn.length > 0 && names.length > 1) {
      throw new InfrakitError('input', `the arguments after -- can be for one plugin only, not for ${names.length}`, {
        hint: 'start it by a command of its own',
      })
    }
    await startAll(
      context,
      names.map((name) => launchOf(context, name)),
      { supervise, timeoutMs },
    )
  },
})

function launchOf(context: Context, text: string): Launch {
  const { name, executable, args } = readWanted(text, context.env)
  const log = logFile(infrakitHome(context.env), name)
  return {
    name,
    pluginsDir: pluginsDir(context.env),
    executable,
    args: [...args, ...context.passedOn],
    cwd: process.cwd(),
    log,
  }
}
