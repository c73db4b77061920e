import type { Opaque } from '@infrakit/spi'
import { parseInput } from '@infrakit/spi/schemas'
import { z } from 'zod'

const named = z.record(z.string(), z.record(z.string(), z.unknown()))
const nameRule = /^[A-Za-z_][A-Za-z0-9_-]*$/
const hasGoodNames = (value: Readonly<Record<string, object>>) =>
  Object.values(value).every((names) => Object.keys(names).every((name) => nameRule.test(name)))
const goodNames = 'names consist of letters, digits, _ and -, and begin with a letter or _'
const isFilled = (value: object | null | undefined) =>
  Object.values(value ?? {}).some((names) => Object.keys(names as object).length > 0)

const endpoint = z.strictObject({
  Host: z
    .string()
    .describe('Where the instance is reached, as a rule a reference such as ${aws_instance.web.public_ip}'),
  Port: z.union([z.int(), z.string()]).describe('The port there'),
  ContainerPort: z
    .union([z.int(), z.string()])
    .nullish()
    .describe('The port that the program listens on, where that is another one'),
  Protocol: z.string().nullish().describe('tcp or udp'),
})

const template = {
  resource: named
    .refine(hasGoodNames, goodNames)
    .nullish()
    .describe('What an instance consists of: TYPE → NAME → arguments, as in a .tf.json file'),
  data: named.refine(hasGoodNames, goodNames).nullish().describe('Data sources, each instance with its own'),
  locals: z.record(z.string(), z.unknown()).nullish().describe('Local values, each instance with its own'),
  import: z
    .union([z.looseObject({ to: z.string() }), z.array(z.looseObject({ to: z.string() }))])
    .nullish()
    .describe('What is there already and becomes the resource `to` of the template'),
  moved: z
    .union([z.looseObject({ to: z.string() }), z.array(z.looseObject({ to: z.string() }))])
    .nullish()
    .describe('What is in the state already, under `from`, and becomes the resource `to` of the template'),
  '//': z.unknown().optional().describe('A remark'),
}

/** The content of a template. */
export const templateSchema = z.strictObject(template)

/** `Properties` as a user writes them. */
export const propertiesSchema = z.strictObject({
  $schema: z.string().nullish().describe('Where an editor finds the schema; not used otherwise'),
  Template: z
    .string()
    .min(1)
    .nullish()
    .describe(
      'A file with what follows, from `resource` on, instead of here; its path is absolute or begins in `--dir`',
    ),
  ...template,
  type: z
    .string()
    .nullish()
    .describe('The type of a single resource, as the original first had it; `resource` says the same'),
  value: z.record(z.string(), z.unknown()).nullish().describe('The arguments of that resource'),
  Endpoints: z.array(endpoint).nullish().describe('Where an instance listens, for health probes and proxies'),
  InitMode: z
    .enum(['error', 'ignore'])
    .nullish()
    .describe('What becomes of `Init` where the template does not use ${local.infrakit.Init}; default error'),
  Resolved: z
    .strictObject({ Template: z.unknown() })
    .nullish()
    .describe('What the template was when the group was committed; written by the group'),
})

export type Template = z.infer<typeof templateSchema>
export type Endpoint = z.infer<typeof endpoint>

/** `Properties` as the plugin works with them. */
export interface TerraformProperties {
  /** Path of the file that holds the template. */
  readonly file: string | undefined
  /** The template, where it stands in the properties or was resolved. */
  readonly template: Template | undefined
  readonly endpoints: readonly Endpoint[]
  readonly initMode: 'error' | 'ignore'
}

/** The resource of the original's first form gets this name. */
const onlyName = 'host'

/** Reads `Properties`. Throws `input`, naming the field. */
export function readProperties(value: Opaque): TerraformProperties {
  const given = parseInput(propertiesSchema.superRefine(exactlyOneForm), value ?? {}, { prefix: 'Properties' })
  const { Template: file, type, value: args, Endpoints, InitMode, Resolved, $schema: _, ...rest } = given
  const own =
    file == null ? (type == null ? rest : { ...rest, resource: { [type]: { [onlyName]: args ?? {} } } }) : undefined
  return {
    file: file ?? undefined,
    template: Resolved?.Template == null ? own : readTemplate(Resolved.Template, 'Properties.Resolved.Template'),
    endpoints: Endpoints ?? [],
    initMode: InitMode ?? 'error',
  }
}

/** Reads a template that a file holds. Throws `input`, naming the field. */
export function readTemplate(value: unknown, prefix: string): Template {
  const filled = templateSchema.refine(({ resource }) => isFilled(resource), {
    message: noResource,
    path: ['resource'],
  })
  return parseInput(filled, value, { prefix })
}

const noResource = 'expected at least one resource'

function exactlyOneForm(given: z.infer<typeof propertiesSchema>, context: z.RefinementCtx): void {
  const forms = [given.Template != null, isFilled(given.resource), given.type != null].filter(Boolean).length
  if (forms === 1) return
  const path = forms === 0 ? 'resource' : given.Template != null ? 'Template' : 'type'
  const message = forms === 0 ? noResource : 'there is a second description of the resources'
  context.addIssue({ code: 'custom', path: [path], message })
}
