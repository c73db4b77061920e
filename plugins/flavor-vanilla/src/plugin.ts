import {
  InfrakitError,
  messageOf,
  tag,
  type Allocation,
  type Call,
  type Flavor,
  type PrepareRequest,
  type Resolve,
} from '@infrakit/spi'
import { drain } from './drain.js'
import { HealthProbes } from './health-probes.js'
import { judge } from './healthy.js'
import { readProperties, type VanillaProperties } from './properties.js'
import { parseTemplate, renderTemplate, type Template, type TemplateValues } from './template.js'

export interface VanillaOptions {
  /** Reads what a URL stands for. Throws `input` or `unavailable`. */
  readonly read: (url: string, signal: AbortSignal | undefined) => Promise<string>
  /** Whoever makes them stops them. Default: its own. */
  readonly probes?: HealthProbes
}

const urlPath = 'Properties.InitScriptTemplateURL'

/** Runs `work` on a template; what is wrong with it is said with the field it came from. */
function inTemplate<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    const hint = error instanceof InfrakitError ? error.hint : undefined
    throw new InfrakitError('input', `${urlPath}: ${messageOf(error)}`, { path: urlPath, hint, cause: error })
  }
}

/** A group of cattle would fail at every single instance, so it is told before it is committed. */
function refuseLogicalID(template: Template, allocation: Allocation | null | undefined) {
  if (!allocation?.Size || allocation.LogicalIDs?.length) return
  const field = template.find((part) => typeof part !== 'string' && part.name === 'LogicalID')
  if (field === undefined || typeof field === 'string') return
  const message = `${urlPath}: line ${field.line}: ${field.action} has no value: the group has a Size and no LogicalIDs`
  throw new InfrakitError('input', message, {
    path: urlPath,
    hint: 'Give the group LogicalIDs, or take the action out.',
  })
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

function valuesFor({ Spec, Index }: PrepareRequest, wanted: VanillaProperties): TemplateValues {
  const Tags = { ...Spec.Tags, ...wanted.tags }
  return { LogicalID: Spec.LogicalID, Group: Index?.Group || Tags[tag.group], Sequence: Index?.Sequence, Tags }
}

/** Adds commands, tags and attachments to instances, probes their health and drains them where its properties say so. */
export function createVanilla(options: VanillaOptions): Flavor & Resolve {
  const probes = options.probes ?? new HealthProbes()

  async function templateOf(wanted: VanillaProperties, call: Call | undefined): Promise<Template | undefined> {
    if (wanted.templateURL === undefined) return undefined
    const source = wanted.template ?? (await options.read(wanted.templateURL, call?.signal))
    return inTemplate(() => parseTemplate(source))
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
        ? inTemplate(() => renderTemplate(template, valuesFor(request, wanted)))
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
