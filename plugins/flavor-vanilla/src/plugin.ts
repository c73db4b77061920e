import { tag, type Call, type Flavor, type PrepareRequest, type Resolve } from '@infrakit/spi'
import {
  inScriptTemplate,
  parseTemplate,
  refuseLogicalID,
  renderTemplate,
  type Template,
  type Vocabulary,
} from '@infrakit/template'
import { drain } from './drain.js'
import { HealthProbes } from './health-probes.js'
import { judge } from './healthy.js'
import { readProperties, type VanillaProperties } from './properties.js'

export interface VanillaOptions {
  /** Reads what a URL stands for. Throws `input` or `unavailable`. */
  readonly read: (url: string, signal: AbortSignal | undefined) => Promise<string>
  /** Whoever makes them stops them. Default: its own. */
  readonly probes?: HealthProbes
}

/** What a template can name. */
const vocabulary: Vocabulary = {
  fields: ['LogicalID', 'Group', 'Sequence', 'Tags'],
  known: '.LogicalID, .Group, .Sequence, .Tags.name, the functions of the README and comments',
}

/** Completes a specification; what the properties do not mention is handed back as it came. */
function complete(
  request: PrepareRequest,
  wanted: VanillaProperties,
  script: string | undefined,
): PrepareRequest['Spec'] {
  const { Spec } = request
  const added: Partial<PrepareRequest['Spec']> = {}
  if (Object.keys(wanted.tags).length > 0) added.Tags = { ...Spec.Tags, ...wanted.tags }
  if (wanted.attachments.length > 0) added.Attachments = [...(Spec.Attachments ?? []), ...wanted.attachments]
  if (script) added.Init = Spec.Init ? `${Spec.Init}\n${script}` : script
  return { ...Spec, ...added }
}

function valuesFor({ Spec, Index }: PrepareRequest, wanted: VanillaProperties) {
  const Tags = { ...Spec.Tags, ...wanted.tags }
  return { LogicalID: Spec.LogicalID, Group: Index?.Group || Tags[tag.group], Sequence: Index?.Sequence, Tags }
}

/** Adds commands, tags and attachments to instances, probes their health and drains them where its properties say so. */
export function createVanilla(options: VanillaOptions): Flavor & Resolve {
  const probes = options.probes ?? new HealthProbes()

  async function templateOf(wanted: VanillaProperties, call: Call | undefined): Promise<Template | undefined> {
    if (wanted.templateURL === undefined) return undefined
    const source = wanted.template ?? (await options.read(wanted.templateURL, call?.signal))
    return inScriptTemplate(() => parseTemplate(source, vocabulary))
  }

  return {
    async validate({ Properties, Allocation }, call) {
      const template = await templateOf(readProperties(Properties), call)
      if (template) refuseLogicalID(template, Allocation)
    },
    async prepare(request, call) {
      const wanted = readProperties(request.Properties)
      const template = await templateOf(wanted, call)
      const script = template
        ? inScriptTemplate(() => renderTemplate(template, valuesFor(request, wanted)))
        : wanted.lines.join('\n')
      return { Spec: complete(request, wanted, script) }
    },
    async healthy(request) {
      return judge(request, readProperties(request.Properties).health, probes)
    },
    async drain({ Properties, Instance }) {
      const { drain: settings } = readProperties(Properties)
      // What is about to go is probed no more; should it stay after all, it is looked at afresh.
      await probes.without(Instance, async () => {
        if (settings) await drain(Instance, settings)
      })
    },
    async resolve({ Properties }, call) {
      const { templateURL } = readProperties(Properties)
      if (templateURL === undefined) return { Resolved: null }
      return { Resolved: { InitScript: await options.read(templateURL, call?.signal) } }
    },
  }
}
