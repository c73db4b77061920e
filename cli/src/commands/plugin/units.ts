import { infrakitHome, listPlugins, pluginsDir } from '@infrakit/discovery'
import { InfrakitError } from '@infrakit/spi'
import { defineCommand } from '../../command.js'
import type { Context } from '../../context.js'
import { readWanted } from '../../processes/executables.js'
import { logFile } from '../../processes/log-file.js'
import { readRecord, recordedNames, type Launch } from '../../processes/record.js'
import { systemdUnit, unitName } from '../../processes/units.js'

export const units = defineCommand<{ user?: string }>({
  description: `Prints a systemd unit for each plugin: those that run now, or those that are named. A plugin that 'infrakit plugin
start' started keeps its arguments and folder. Each unit begins with a comment that holds the name of its file.`,
  options: [
    {
      flags: '--user <name>',
      description: "units of the system that run as this user (default: units for 'systemctl --user')",
    },
  ],
  examples: [
    'infrakit plugin units',
    'infrakit plugin units --user infrakit group > /etc/systemd/system/infrakit-group.service',
  ],
  async run(context, names, { user }) {
    const home = infrakitHome(context.env)
    const launches: Launch[] = []
    for (const name of names.length > 0 ? names : await knownNames(context))
      launches.push(await launchOf(context, name))
    if (launches.length === 0) {
      throw new InfrakitError('not-found', 'no plugin runs', {
        hint: 'name some: infrakit plugin units group instance-file',
      })
    }
    const settings = { home, node: process.execPath, user }
    const texts = launches.map((launch) => ({ name: unitName(launch.name), unit: systemdUnit(launch, settings) }))
    if (context.json) return context.printJson(texts)
    context.print(texts.map(({ unit }) => unit).join('\n\n'))
  },
})

async function knownNames(context: Context): Promise<string[]> {
  const running = (await listPlugins(pluginsDir(context.env))).map(({ name }) => name)
  return [...new Set([...running, ...(await recordedNames(infrakitHome(context.env)))])].sort()
}

async function launchOf(context: Context, name: string): Promise<Launch> {
  const home = infrakitHome(context.env)
  const folder = pluginsDir(context.env)
  const record = await readRecord(home, folder, name)
  if (record) return record
  const wanted = readWanted(name, context.env)
  return { ...wanted, pluginsDir: folder, cwd: process.cwd(), log: logFile(home, wanted.name) }
}
