import { InfrakitError, type Opaque } from '@infrakit/spi'
import { parseInput } from '@infrakit/spi/schemas'
import { z } from 'zod'
import { groupKeys } from './deploy-schema.js'
import { otherKeys, stackShape, type StackService } from './stack-schema.js'

/** `Properties` as a user writes them. */
export const propertiesSchema = z.strictObject({
  $schema: z.string().nullish().describe('Where an editor finds the schema; not used otherwise'),
  Mode: z
    .enum(['replica', 'global'])
    .nullish()
    .describe(
      'On a node of the choice of the swarm, which moves it when the node is lost (replica, the default), or for ever on one that has no other of its group (global)',
    ),
  InitMode: z
    .enum(['exec', 'ignore', 'error'])
    .nullish()
    .describe(
      'What becomes of commands of the flavor: run in each container before its command (exec), left out (ignore), refused (error)',
    ),
  Resolved: z
    .strictObject({ Image: z.string(), Environment: z.record(z.string(), z.string()).nullish() })
    .nullish()
    .describe('Digest of the image and content of env_file, filled in by the group when it is committed'),
  ...stackShape,
})

/** `Properties` as the plugin works with them. */
export interface SwarmProperties {
  readonly mode: 'replica' | 'global'
  /** As given: with a tag, or whatever stands for the image. */
  readonly image: string
  /** What it stood for at commit. */
  readonly resolvedImage: string | undefined
  /** Absolute paths, in the order in which later ones win. */
  readonly envFiles: readonly string[]
  /** What they held at commit, and what the properties themselves say, which wins. */
  readonly environment: Readonly<Record<string, string>>
  readonly initMode: 'exec' | 'ignore' | 'error'
  readonly pull: 'always' | 'missing' | 'never'
  readonly service: StackService
}

function refuse(value: object, keys: Readonly<Record<string, string>>, path: string): void {
  const key = Object.keys(keys).find((one) => one in value)
  if (key === undefined) return
  throw new InfrakitError('input', `${path}.${key}: an instance of a swarm has none`, {
    path: `${path}.${key}`,
    hint: keys[key],
  })
}

function refuseHostAddresses({ ports }: StackService): void {
  if (!ports?.some(({ hostIP }) => hostIP !== undefined)) return
  throw new InfrakitError('input', 'Properties.ports: a swarm publishes at all addresses of a node', {
    path: 'Properties.ports',
    hint: 'Leave the address out, and keep others away by a firewall.',
  })
}

function refuseOwnNames({ ports, deploy }: StackService): void {
  if (deploy?.endpoint_mode !== 'dnsrr' || !ports?.some(({ mode }) => mode === 'ingress')) return
  throw new InfrakitError('input', 'Properties.deploy.endpoint_mode: with dnsrr there is no ingress', {
    path: 'Properties.deploy.endpoint_mode',
    hint: 'Use vip, or publish in mode: host.',
  })
}

const objectOf = (value: unknown): object => (typeof value === 'object' && value !== null ? value : {})

/** Reads `Properties`. Throws `input`, naming the field. */
export function readProperties(value: Opaque): SwarmProperties {
  const given = objectOf(value)
  refuse(given, otherKeys, 'Properties')
  refuse('deploy' in given ? objectOf(given.deploy) : {}, groupKeys, 'Properties.deploy')
  const read = parseInput(propertiesSchema, value ?? {}, { prefix: 'Properties' })
  refuseHostAddresses(read)
  refuseOwnNames(read)
  return {
    mode: read.Mode ?? 'replica',
    image: read.image,
    resolvedImage: read.Resolved?.Image,
    envFiles: read.env_file ?? [],
    environment: { ...read.Resolved?.Environment, ...read.environment },
    initMode: read.InitMode ?? 'exec',
    pull: read.pull_policy === 'if_not_present' ? 'missing' : (read.pull_policy ?? 'missing'),
    service: read,
  }
}
