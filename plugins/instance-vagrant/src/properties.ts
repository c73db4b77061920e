import type { Opaque } from '@infrakit/spi'
import { parseInput } from '@infrakit/spi/schemas'
import { z } from 'zod'

const endpoint = z.strictObject({
  Host: z
    .string()
    .nullish()
    .describe('Where it is reached; default the address that Vagrant tells, else the logical ID'),
  Port: z.int().min(1).max(65535).describe('The port there'),
  ContainerPort: z
    .int()
    .min(1)
    .max(65535)
    .nullish()
    .describe('The port that the program listens on, where that is another one'),
  Protocol: z.enum(['tcp', 'udp']).nullish().describe('Default tcp'),
})

/** `Properties` as a user writes them. */
export const propertiesSchema = z.strictObject({
  $schema: z.string().nullish().describe('Where an editor finds the schema; not used otherwise'),
  Box: z.string().min(1).nullish().describe('The box of which a machine is made, such as debian/bookworm64'),
  CPUs: z.int().min(1).nullish().describe('Default 2'),
  Memory: z.int().min(1).nullish().describe('MiB; default 512'),
  Vagrantfile: z
    .string()
    .min(1)
    .nullish()
    .describe(
      'A Vagrantfile of your own instead of a box: its path, which is absolute or begins in `--dir`, or its text, of several lines',
    ),
  Provider: z
    .string()
    .regex(/^[a-z0-9_]+$/, 'expected the name of a provider, such as virtualbox')
    .nullish()
    .describe('virtualbox, libvirt, docker, ...; default the one that Vagrant chooses'),
  Endpoints: z.array(endpoint).nullish().describe('Where an instance listens, for health probes and proxies'),
  Values: z.record(z.string(), z.unknown()).nullish().describe('Whatever your Vagrantfile wants to know'),
  Resolved: z
    .strictObject({ Vagrantfile: z.string() })
    .nullish()
    .describe('What the Vagrantfile was when the group was committed; written by the group'),
})

/** `Properties` as the plugin works with them. */
export interface VagrantProperties {
  readonly box: string | undefined
  readonly cpus: number
  /** MiB. */
  readonly memory: number
  /** Path of the user's Vagrantfile. */
  readonly file: string | undefined
  /** Its content, where it stands in the properties or was resolved. */
  readonly content: string | undefined
  readonly provider: string | undefined
  readonly endpoints: readonly z.infer<typeof endpoint>[]
}

const oneOf = 'expected either a Box or a Vagrantfile'

/** Reads `Properties`. Throws `input`, naming the field. */
export function readProperties(value: Opaque): VagrantProperties {
  const schema = propertiesSchema.refine((given) => (given.Box == null) !== (given.Vagrantfile == null), {
    message: oneOf,
    path: ['Box'],
  })
  const given = parseInput(schema, value ?? {}, { prefix: 'Properties' })
  const isText = given.Vagrantfile?.includes('\n') ?? false
  return {
    box: given.Box ?? undefined,
    cpus: given.CPUs ?? 2,
    memory: given.Memory ?? 512,
    file: isText ? undefined : (given.Vagrantfile ?? undefined),
    content: isText ? (given.Vagrantfile ?? undefined) : given.Resolved?.Vagrantfile,
    provider: given.Provider ?? undefined,
    endpoints: given.Endpoints ?? [],
  }
}
