import { infrakitHome, pluginsDir } from '@infrakit/discovery'
import { InfrakitError } from '@infrakit/spi'
import { defineCommand } from '../../command.js'
import type { Context } from '../../context.js'
import { durationOption } from '../../option-values.js'
import { findByName } from '../../processes/answers.js'
import { readRecord, type ProcessRecord } from '../../processes/record.js'
import { startAll } from '../../processes/start-all.js'
import { stopPlugin } from '../../processes/stop.js'

export const restart = defineCommand<{ timeout?: string }>({
  description: `Ends plugins and starts them as 'infrakit plugin start' did: same executable, arguments and folder, supervised if they
were. One that is not running any more is only started.`,
  options: [
    {
      flags: '--timeout <duration>',
      description: 'how long to wait for its end, and then for its answer (default 15s)',
    },
  ],
  examples: ['infrakit plugin restart group'],
  async run(context, names, { timeout }) {
    const timeoutMs = durationOption('--timeout', timeout) ?? 15_000
    // All records are read first: a name that cannot be restarted leaves the others running.
    const records: ProcessRecord[] = []
    for (const name of names) records.push(await recordOf(context, name))
    const where = { home: infrakitHome(context.env), pluginsDir: pluginsDir(context.env) }
    await Promise.all(records.map(({ name }) => stopPlugin({ ...where, name, timeoutMs, kill: false })))
    const supervised = new Set(records.filter((record) => record.supervisor).map(({ name }) => name))
    const launches = records.map(({ name, pluginsDir, executable, args, cwd, log }) => ({
      name,
      pluginsDir,
      executable,
      args,
      cwd,
      log,
    }))
    await startAll(context, launches, { timeoutMs, supervise: ({ name }) => supervised.has(name) })
  },
})

async function recordOf(context: Context, name: string): Promise<ProcessRecord> {
  const folder = pluginsDir(context.env)
  const record = await readRecord(infrakitHome(context.env), folder, name)
  if (record) return record
  if (await findByName(folder, name)) {
    throw new InfrakitError(
      'conflict',
      `${name} was not started by 'infrakit plugin start', so how it is run is not known`,
      {
        hint: `infrakit plugin stop ${name}, and start it again yourself`,
      },
    )
  }
  throw new InfrakitError('not-found', `plugin not found:${name}`, { hint: "see 'infrakit plugin ls'" })
}
