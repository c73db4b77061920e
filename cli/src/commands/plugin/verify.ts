import { findPlugin, listPlugins, pluginsDir } from '@infrakit/discovery'
import { InfrakitError, parsePluginName } from '@infrakit/spi'
import { conforms, transportTo, verifyPlugin, type GroupSetting, type Subject } from '@infrakit/testing/conformance'
import { defineCommand } from '../../command.js'
import type { Context } from '../../context.js'
import { readDocument } from '../../files/documents.js'
import { parseJsonText } from '../../files/json.js'
import { durationOption } from '../../option-values.js'
import { createProgress } from '../../output/progress.js'
import { formatBroken, formatVerdicts, summarize } from '../../output/verdicts.js'

interface Options {
  readonly interface?: readonly string[]
  readonly properties?: string
  readonly instancePlugin?: string
  readonly flavorPlugin?: string
  readonly flavorProperties?: string
  readonly timeout?: string
  readonly quick?: boolean
}

const partners = { instance: 'instance-file', flavor: 'flavor-vanilla' } as const

const noPartners = `it was not seen keeping a group, as ${partners.instance} and ${partners.flavor} do not run both; start them
(infrakit plugin start ${partners.instance} ${partners.flavor}), or name others with --instance-plugin and --flavor-plugin`

export const verify = defineCommand<Options>({
  description: `Tries whether a running plugin keeps what its interfaces promise, and names each promise that it breaks with the request
that showed it. For that it makes instances and groups of its own in the plugin, tagged infrakit.verify, and takes them
away in the end; in a registry, keys and leases below infrakit.verify, and services called so. Nothing else is touched.

A group plugin is tried with an instance and a flavor plugin; without them it is not tried enough, and the command fails.`,
  options: [
    {
      flags: '--interface <name>',
      description: 'only this interface, e.g. Instance; may be given several times',
      repeat: true,
    },
    {
      flags: '--properties <file|json>',
      description: 'properties that the plugin accepts (default {}); for a group, those of its instances',
    },
    {
      flags: '--instance-plugin <plugin>',
      description: `what a group makes its instances with (default ${partners.instance})`,
    },
    { flags: '--flavor-plugin <plugin>', description: `the flavor of its instances (default ${partners.flavor})` },
    { flags: '--flavor-properties <file|json>', description: "the flavor's properties (default {})" },
    { flags: '--timeout <duration>', description: 'longest time for a call, and for a group to converge (default 1m)' },
    { flags: '--quick', description: 'of a registry, leave out what waits until leases and checks run out' },
  ],
  examples: [
    'infrakit plugin verify instance-file',
    `infrakit plugin verify instance-python --properties '{"Note": "x"}'`,
    'infrakit plugin verify group --json',
  ],
  async run(context, [name = ''], options) {
    const subject = await subjectOf(context, name)
    const properties = await propertiesOf('--properties', options.properties)
    const group = await groupSetting(context, options, properties)
    const patienceMs = durationOption('--timeout', options.timeout)
    const progress = createProgress(process.stderr, { silent: !process.stderr.isTTY || context.json || context.quiet })
    const report = await untilInterrupted(context, (signal) =>
      verifyPlugin({
        ...subject,
        properties,
        signal,
        slow: options.quick !== true,
        interfaces: options.interface,
        onVerdict: ({ promise }) => progress.show(promise),
        ...(group ? { group } : {}),
        ...(patienceMs === undefined ? {} : { patienceMs }),
      }).finally(() => progress.end()),
    )
    if (context.json) await context.printJson(report)
    else {
      const dir = pluginsDir(context.env)
      for (const line of formatVerdicts(report.verdicts, context)) context.print(line)
      const found = await listPlugins(dir)
      const listen = new Map(found.map((one) => [one.name, one.listen]))
      for (const line of formatBroken(report.verdicts, (plugin) => listen.get(plugin) ?? plugin)) context.print(line)
      if (!context.quiet) context.print(`\n${summarize(report)}`)
    }
    for (const left of report.leftovers) context.note(`could not be taken away: ${left}`)
    const untried = group === undefined && report.verdicts.some((verdict) => verdict.interface === 'Group')
    if (untried) context.note(noPartners)
    return conforms(report) && !untried ? 0 : 1
  },
})

async function subjectOf(context: Context, name: string): Promise<Subject> {
  const { address } = await findPlugin(pluginsDir(context.env), name)
  const { socket, type } = parsePluginName(name)
  return { name: socket, transport: transportTo(address), ...(type === '' ? {} : { type }) }
}

/** JSON as it stands, or a file with it; `{}` when nothing is given. */
async function propertiesOf(flag: string, text: string | undefined): Promise<unknown> {
  if (text === undefined) return {}
  return /^\s*[{["]/.test(text) ? parseJsonText(flag, text) : (await readDocument(text)).value
}

/** The plugins for a group to work with; `undefined` when the usual ones do not run and none were named. */
async function groupSetting(
  context: Context,
  options: Options,
  properties: unknown,
): Promise<GroupSetting | undefined> {
  const { instancePlugin, flavorPlugin, flavorProperties } = options
  const running = (await listPlugins(pluginsDir(context.env))).map(({ name }) => name)
  const missing = [instancePlugin ? '' : partners.instance, flavorPlugin ? '' : partners.flavor].filter(
    (one) => one !== '' && !running.includes(one),
  )
  if (missing.length > 0) {
    if (instancePlugin === undefined && flavorPlugin === undefined) return undefined
    throw new InfrakitError('input', `${missing.join(' and ')} is not running`, {
      hint: 'name both with --instance-plugin and --flavor-plugin',
    })
  }
  const instance = await subjectOf(context, instancePlugin ?? partners.instance)
  const flavor = await propertiesOf('--flavor-properties', flavorProperties)
  return {
    instance: { ...instance, properties },
    flavor: { name: flavorPlugin ?? partners.flavor, properties: flavor },
  }
}

/** The first signal ends the work in good order; a second one ends the command. */
async function untilInterrupted<T>(context: Context, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const interrupt = () => {
    context.note('interrupted; what was made is being taken away')
    controller.abort(new InfrakitError('unavailable', 'interrupted before anything was made'))
  }
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const one of signals) process.once(one, interrupt)
  try {
    return await work(controller.signal)
  } finally {
    for (const one of signals) process.off(one, interrupt)
  }
}
