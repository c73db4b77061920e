import { initChoice, initShape, type InitChoice } from '@infrakit/containers'
import { InfrakitError, type Opaque } from '@infrakit/spi'
import { parseInput } from '@infrakit/spi/schemas'
import { z } from 'zod'
import { composeShape, projectKeys } from './compose/schema.js'
import { settingsOf } from './compose/request.js'
import { engineShape, settingsFromEngine } from './engine-form.js'
import type { ContainerSettings } from './settings.js'

/** Ours, whichever form the rest has. */
const ownShape = {
  $schema: z.string().nullish().describe('Where an editor finds the schema; not used otherwise'),
  ...initShape,
  Placement: z
    .strictObject({
      Strategy: z.enum(['spread', 'binpack']).nullish().describe('Over the hosts: evenly, or as few as possible'),
      Labels: z.record(z.string(), z.string()).nullish().describe('Labels that the host must have'),
    })
    .nullish()
    .describe('On which host, where the plugin has several'),
  Resolved: z
    .strictObject({ Image: z.string(), Environment: z.record(z.string(), z.string()).nullish() })
    .nullish()
    .describe('Digest of the image and content of env_file, filled in by the group when it is committed'),
}

export const composeFormSchema = z.strictObject({ ...ownShape, ...composeShape })
export const engineFormSchema = z.strictObject({ ...ownShape, ...engineShape })

/** `Properties` as a user writes them. */
export const propertiesSchema = z.union([composeFormSchema, engineFormSchema])

type Own = z.output<typeof composeFormSchema>

/** `Properties` as the plugin works with them. */
export interface DockerProperties extends InitChoice {
  /** As given: with a tag, or whatever stands for the image. */
  readonly image: string
  /** What it stood for at commit. */
  readonly resolvedImage: string | undefined
  /** Absolute paths, in the order in which later ones win. */
  readonly envFiles: readonly string[]
  readonly settings: ContainerSettings
  readonly placement: { readonly strategy: 'spread' | 'binpack'; readonly labels: Readonly<Record<string, string>> }
}

function refuseProjectKeys(value: object): void {
  const key = Object.keys(projectKeys).find((one) => one in value)
  if (key === undefined) return
  throw new InfrakitError('input', `Properties.${key}: means nothing for a single container`, {
    path: `Properties.${key}`,
    hint: projectKeys[key],
  })
}

function refuseBoth(first: string, second: string, value: Readonly<Record<string, unknown>>): void {
  if (value[first] == null || value[second] == null) return
  throw new InfrakitError('input', `Properties.${second}: ${first} is given as well, which excludes it`, {
    path: `Properties.${second}`,
    hint: 'Keep one of the two.',
  })
}

function common(own: Pick<Own, 'InitMode' | 'InitShell' | 'Placement' | 'Resolved'>) {
  const { Placement, Resolved } = own
  return {
    resolvedImage: Resolved?.Image,
    ...initChoice(own),
    placement: { strategy: Placement?.Strategy ?? 'spread', labels: Placement?.Labels ?? {} },
  } as const
}

/** Reads `Properties` in the form of Compose's services or of the original. Throws `input`, naming the field. */
export function readProperties(value: Opaque): DockerProperties {
  const object = typeof value === 'object' && value !== null ? value : {}
  if ('Config' in object || 'HostConfig' in object || 'NetworkAttachments' in object) {
    const read = parseInput(engineFormSchema, value, { prefix: 'Properties' })
    return { ...common(read), image: read.Config.Image, envFiles: [], settings: settingsFromEngine(read) }
  }
  refuseProjectKeys(object)
  const read = parseInput(composeFormSchema, value ?? {}, { prefix: 'Properties' })
  refuseBoth('networks', 'network_mode', read)
  const environment = read.Resolved?.Environment ?? {}
  return {
    ...common(read),
    image: read.image,
    envFiles: read.env_file ?? [],
    settings: settingsOf(read, environment),
  }
}
