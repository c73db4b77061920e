import { isAbsolute } from 'node:path'
import { initChoice, initShape, type InitChoice } from '@infrakit/containers'
import type { Opaque } from '@infrakit/spi'
import { parseInput } from '@infrakit/spi/schemas'
import { z } from 'zod'
import type { Rendered } from './model/rendered.js'

/** One path or several. A relative one would be looked for in the plugin's folder, which is not its user's. */
const paths = z.union([z.string(), z.array(z.string()).min(1)]).transform((given, context) => {
  const all = typeof given === 'string' ? [given] : given
  const wrong = all.find((one) => !isAbsolute(one))
  if (wrong !== undefined) {
    context.addIssue({
      code: 'custom',
      message: `'${wrong}' is not an absolute path: the plugin's folder is not yours`,
    })
  }
  return all
})

const policies = ['missing', 'always', 'never'] as const
const objects = z.record(z.string(), z.unknown())

const resolved = z.strictObject({
  Project: z.string(),
  Image: z.string(),
  Service: objects,
  Networks: objects.nullish(),
  Volumes: objects.nullish(),
  Secrets: objects.nullish(),
  Configs: objects.nullish(),
  Numbered: z.array(z.string()).nullish(),
  Version: z.string().nullish(),
})

/** `Properties` as a user writes them. */
export const propertiesSchema = z.strictObject({
  $schema: z.string().nullish().describe('Where an editor finds the schema; not used otherwise'),
  Files: paths.describe('The Compose file, by its absolute path; of several, later ones are merged over earlier'),
  Service: z.string().min(1).describe('The service of which an instance is a replica'),
  Project: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]*$/, 'expected small letters, digits, - and _')
    .nullish()
    .describe("Name of the project; default the file's `name`, else that of its folder"),
  As: z
    .string()
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, 'expected letters, digits, - . and _')
    .nullish()
    .describe('Another name for it, by which containers are called and other services reach it: app-blue'),
  Environment: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .nullish()
    .describe('What ${VARIABLES} in the files stand for; goes before EnvFile'),
  EnvFile: paths.nullish().describe('Files of such variables; default .env beside the first Compose file'),
  Profiles: z.array(z.string().min(1)).nullish().describe('Profiles that are active; that of the service always is'),
  SideServices: z
    .array(z.string().min(1))
    .nullish()
    .describe('Services that have to run first, once for all instances; default those that it depends on'),
  Pull: z
    .enum(policies)
    .nullish()
    .describe("When the image is pulled: always, missing or never; default the service's `pull_policy`, else missing"),
  Build: z
    .enum(policies)
    .nullish()
    .describe('When a service with `build` is built, at commit: always, missing (default) or never'),
  ...initShape,
  Resolved: resolved
    .nullish()
    .describe(
      'The service as the files define it, and the digest of its image, filled in by the group when it is committed',
    ),
})

/** Where a project is, and what its files are rendered with. */
export interface Source {
  /** Absolute paths, at least one. */
  readonly files: readonly string[]
  readonly project: string | undefined
  readonly environment: Readonly<Record<string, string>>
  readonly envFiles: readonly string[]
  readonly profiles: readonly string[]
}

/** `Properties` as the plugin works with them. */
export interface ComposeProperties extends InitChoice {
  readonly source: Source
  readonly service: string
  readonly as: string | undefined
  readonly sideServices: readonly string[] | undefined
  readonly pull: (typeof policies)[number] | undefined
  readonly build: (typeof policies)[number]
  /** What the files said at commit. */
  readonly rendered: Rendered | undefined
}

function renderedOf(value: z.output<typeof resolved>): Rendered {
  return {
    project: value.Project,
    image: value.Image,
    service: value.Service,
    networks: value.Networks ?? {},
    volumes: value.Volumes ?? {},
    secrets: value.Secrets ?? {},
    configs: value.Configs ?? {},
    numbered: value.Numbered ?? [],
    ...(value.Version ? { version: value.Version } : {}),
  }
}

/** Reads `Properties`. Throws `input`, naming the field. */
export function readProperties(value: Opaque): ComposeProperties {
  const read = parseInput(propertiesSchema, value ?? {}, { prefix: 'Properties' })
  const environment = Object.entries(read.Environment ?? {}).map(([name, one]) => [name, String(one)])
  return {
    source: {
      files: read.Files,
      project: read.Project ?? undefined,
      environment: Object.fromEntries(environment) as Record<string, string>,
      envFiles: read.EnvFile ?? [],
      profiles: read.Profiles ?? [],
    },
    service: read.Service,
    as: read.As ?? undefined,
    sideServices: read.SideServices ?? undefined,
    pull: read.Pull ?? undefined,
    build: read.Build ?? 'missing',
    rendered: read.Resolved ? renderedOf(read.Resolved) : undefined,
    ...initChoice(read),
  }
}
