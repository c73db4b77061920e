import { InfrakitError, parseDuration, type Attachment, type Opaque } from '@infrakit/spi'
import { parseInput } from '@infrakit/spi/schemas'
import { z } from 'zod'

/** In `Attachments`: each instance gets these. */
export const everyInstance = '*'

const duration = z
  .string()
  .refine((value) => parseDuration(value) !== undefined, 'expected a duration, such as 2m')
  .nullish()
const line = z
  .string()
  .min(1)
  .refine((value) => !/[\s\0]/.test(value), 'must not have white space in it')

const tls = z.strictObject({
  CAFile: z.string().nullish().describe("Of the authority that signed the engines' certificates"),
  CertFile: z.string().nullish().describe('Certificate of this plugin'),
  KeyFile: z.string().nullish().describe('Its key'),
  InsecureSkipVerify: z.boolean().nullish().describe('Any certificate of an engine will do. Default false'),
})

/** `Properties` as a user writes them. */
export const propertiesSchema = z.strictObject({
  $schema: z.string().nullish().describe('Where an editor finds the schema; not used otherwise'),
  SwarmJoinIP: line
    .nullish()
    .describe('Logical ID of the manager that makes the swarm where there is none; the others join'),
  AdvertiseAddr: line
    .nullish()
    .describe(
      'Address or interface by which others reach a node; default its logical ID if that is an address, else the engine chooses',
    ),
  EngineLabels: z
    .record(line, z.string())
    .nullish()
    .describe('Labels that the engine of each instance gets, for constraints on services'),
  Docker: z
    .strictObject({
      Host: z.string().nullish().describe('Engine of a manager: unix:///path, tcp://host:port or ssh://user@host'),
      Hosts: z.array(z.string().min(1)).nullish().describe('More of them, for when the first one cannot be asked'),
      TLS: tls.nullish().describe('Keys for engines on tcp'),
    })
    .describe('The managers that are asked for tokens and for nodes, and are told to drain and remove them'),
  InitScriptTemplateURL: z
    .string()
    .nullish()
    .describe("Where a template of the commands is read from, in place of the flavor's own"),
  Attachments: z
    .record(
      z.string(),
      z.array(
        z.strictObject({
          ID: z.string().min(1).describe('Name of what is attached'),
          Type: z.string().min(1).describe('What kind it is of'),
        }),
      ),
    )
    .nullish()
    .describe('What is attached to the instance of a logical ID, or with the name * to each'),
  JoinTimeout: duration.describe('How long an instance may take to join the swarm. Default 15m'),
  DrainTimeout: duration.describe('How long the tasks on a node may take to end. Default 5m'),
  Resolved: z
    .strictObject({ InitScript: z.string() })
    .nullish()
    .describe('Content of InitScriptTemplateURL, filled in by the group when it is committed'),
})

export interface TlsFiles {
  readonly ca: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
  readonly verify: boolean
}

/** How the managers are reached. */
export interface Connection {
  /** At least one. */
  readonly hosts: readonly string[]
  readonly tls: TlsFiles | undefined
}

/** `Properties` as the plugin works with them. */
export interface SwarmProperties {
  /** As given, for templates. */
  readonly given: z.infer<typeof propertiesSchema>
  readonly joinIP: string | undefined
  readonly advertise: string | undefined
  readonly engineLabels: Readonly<Record<string, string>>
  readonly connection: Connection
  readonly templateURL: string | undefined
  /** What `templateURL` held at commit. */
  readonly template: string | undefined
  readonly attachments: Readonly<Record<string, readonly Attachment[]>>
  readonly joinTimeoutMs: number
  readonly drainTimeoutMs: number
}

function refuse(path: string, message: string, hint: string): InfrakitError {
  return new InfrakitError('input', `${path}: ${message}`, { path, hint })
}

function connectionOf({ Docker }: z.infer<typeof propertiesSchema>): Connection {
  const hosts = [...(Docker.Host ? [Docker.Host] : []), ...(Docker.Hosts ?? [])]
  if (hosts.length === 0) {
    const hint = 'Give Docker.Host, the engine of a manager: unix:///var/run/docker.sock where the plugin runs on one.'
    throw refuse('Properties.Docker', 'no docker connect info', hint)
  }
  const { CAFile, CertFile, KeyFile, InsecureSkipVerify } = Docker.TLS ?? {}
  if (!CertFile !== !KeyFile) {
    throw refuse('Properties.Docker.TLS', 'CertFile and KeyFile belong together', 'Give both, or none.')
  }
  const [ca, cert, key] = [CAFile, CertFile, KeyFile].map((file) => file || undefined)
  return { hosts, tls: Docker.TLS ? { ca, cert, key, verify: InsecureSkipVerify !== true } : undefined }
}

/** An engine refuses labels twice, and ours are how a node is found. */
function refuseOwnLabels(labels: Readonly<Record<string, string>>): void {
  const own = Object.keys(labels).find((name) => name.startsWith('infrakit-'))
  if (own === undefined) return
  const path = `Properties.EngineLabels.${own}`
  throw refuse(path, "labels that begin with 'infrakit-' are kept for the flavor", 'Give it another name.')
}

/** Reads `Properties`. Throws `input`, naming the field. */
export function readProperties(value: Opaque): SwarmProperties {
  const given = parseInput(propertiesSchema, value ?? {}, { prefix: 'Properties' })
  refuseOwnLabels(given.EngineLabels ?? {})
  return {
    given,
    joinIP: given.SwarmJoinIP ?? undefined,
    advertise: given.AdvertiseAddr ?? undefined,
    engineLabels: given.EngineLabels ?? {},
    connection: connectionOf(given),
    templateURL: given.InitScriptTemplateURL || undefined,
    template: given.Resolved?.InitScript,
    attachments: given.Attachments ?? {},
    joinTimeoutMs: parseDuration(given.JoinTimeout ?? '15m') ?? 0,
    drainTimeoutMs: parseDuration(given.DrainTimeout ?? '5m') ?? 0,
  }
}
