import { InfrakitError, type Attachment, type Opaque, type Tags } from '@infrakit/spi'
import { parseInput, tags } from '@infrakit/spi/schemas'
import { z } from 'zod'
import { drainSchema, readDrain, type DrainSettings } from './drain-properties.js'
import { healthSchema, readHealth, type HealthSettings } from './health-properties.js'

const lines = z.array(z.string())

/** `Properties` as a user writes them. */
export const propertiesSchema = z.strictObject({
  $schema: z.string().nullish().describe('Where an editor finds the schema; not used otherwise'),
  Init: lines.nullish().describe('Commands that an instance runs when it first starts, a line each'),
  InitScriptTemplateURL: z
    .string()
    .nullish()
    .describe('Where a template of these commands is read from; excludes Init'),
  Tags: tags.nullish().describe("Tags that instances get; they win over the specification's"),
  Attachments: z
    .array(
      z.strictObject({
        ID: z.string().min(1).describe('Name of what is attached'),
        Type: z.string().describe('What kind it is of'),
      }),
    )
    .nullish()
    .describe('What is attached to instances and outlives them, e.g. volumes'),
  Health: healthSchema
    .nullish()
    .describe('How the health of an instance is found out; every one is healthy when absent'),
  Drain: drainSchema.nullish().describe('What is done before an instance is ended or stopped; nothing when absent'),
  UserData: lines.nullish().describe('Older name of Init'),
  Labels: tags.nullish().describe('Older name of Tags'),
  Resolved: z
    .strictObject({ InitScript: z.string() })
    .nullish()
    .describe('Content of InitScriptTemplateURL, filled in by the group when it is committed'),
})

/** `Properties` as the plugin works with them: one name for each thing. */
export interface VanillaProperties {
  readonly lines: readonly string[]
  readonly templateURL: string | undefined
  /** What `templateURL` held at commit. */
  readonly template: string | undefined
  readonly tags: Tags
  readonly attachments: readonly Attachment[]
  readonly health: HealthSettings | undefined
  readonly drain: DrainSettings | undefined
}

function refuseBothNames(name: string, older: string, values: Record<string, unknown>) {
  if (values[name] == null || values[older] == null) return
  const message = `Properties.${older}: both "${name}" and "${older}" are given, which mean the same`
  throw new InfrakitError('input', message, {
    path: `Properties.${older}`,
    hint: `Keep "${name}"; "${older}" is its older name.`,
  })
}

function refuseReservedTags(tags: Tags, field: string) {
  const reserved = Object.keys(tags).find((name) => name.startsWith('infrakit.'))
  if (reserved === undefined) return
  const path = `Properties.${field}.${reserved}`
  throw new InfrakitError('input', `${path}: tags that start with 'infrakit.' are kept for the group`, {
    path,
    hint: 'Give the tag another name.',
  })
}

/** Reads `Properties`; none at all are fine. Throws `input`, naming the field. */
export function readProperties(value: Opaque): VanillaProperties {
  const given = parseInput(propertiesSchema, value ?? {}, { prefix: 'Properties' })
  refuseBothNames('Init', 'UserData', given)
  refuseBothNames('Tags', 'Labels', given)
  const lines = given.Init ?? given.UserData ?? []
  const tags = given.Tags ?? given.Labels ?? {}
  refuseReservedTags(tags, given.Tags == null ? 'Labels' : 'Tags')
  const templateURL = given.InitScriptTemplateURL || undefined
  if (lines.length > 0 && templateURL !== undefined) {
    const message = 'Either "Init" or "InitScriptTemplateURL" can be specified but not both'
    throw new InfrakitError('input', message, { path: 'Properties.InitScriptTemplateURL' })
  }
  return {
    lines,
    templateURL,
    template: given.Resolved?.InitScript,
    tags,
    attachments: given.Attachments ?? [],
    health: given.Health ? readHealth(given.Health) : undefined,
    drain: given.Drain ? readDrain(given.Drain) : undefined,
  }
}
