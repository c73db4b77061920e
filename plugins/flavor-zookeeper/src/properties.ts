import { parseDuration, type Opaque } from '@infrakit/spi'
import { parseInput } from '@infrakit/spi/schemas'
import { z } from 'zod'

/** What the flavor writes into the configuration itself. */
const kept = /^(dataDir|clientPort|clientPortAddress|server\.\d+)$/
const name = /^[A-Za-z][\w.]*$/

const port = z.int().min(1).max(65535).nullish()
const path = z
  .string()
  .min(1)
  .refine((value) => !/[\n\0]/.test(value), 'must be one line')
const setting = z.union([
  z.string().refine((value) => !value.includes('\n'), 'must be one line'),
  z.number(),
  z.boolean(),
])

/** `Properties` as a user writes them. */
export const propertiesSchema = z.strictObject({
  $schema: z.string().nullish().describe('Where an editor finds the schema; not used otherwise'),
  Type: z.literal('member').describe('What an instance becomes: member, a voting member of the ensemble'),
  UseDocker: z
    .boolean()
    .nullish()
    .describe('Runs ZooKeeper in a container of the instance, in place of a package of its system. Default false'),
  Image: z.string().min(1).nullish().describe('With UseDocker: the image. Default zookeeper:3.8'),
  Service: z
    .boolean()
    .nullish()
    .describe(
      'Whether Init installs the package zookeeperd where it is missing, and restarts its service. Default true; false where the instance itself runs ZooKeeper',
    ),
  ConfigDir: path.nullish().describe('Where zoo.cfg is written. Default /etc/zookeeper/conf'),
  DataDir: path.nullish().describe('Where the data are, and the number of the member. Default /var/lib/zookeeper'),
  ClientPort: port.describe('Port for clients. Default 2181'),
  PeerPort: port.describe('Port by which members follow their leader. Default 2888'),
  ElectionPort: port.describe('Port by which they elect one. Default 3888'),
  BindClients: z
    .boolean()
    .nullish()
    .describe('Listens for clients on the address of the logical ID only. Default false: on all'),
  Settings: z
    .record(
      z
        .string()
        .regex(name, 'expected a name of zoo.cfg')
        .refine((key) => !kept.test(key), 'is written by the flavor'),
      setting,
    )
    .nullish()
    .describe('More lines of zoo.cfg, or other values: tickTime (2000), initLimit (10), syncLimit (5), ...'),
  InitScriptTemplateURL: z
    .string()
    .nullish()
    .describe("Where a template of the commands is read from, in place of the flavor's own"),
  StartPeriod: z
    .string()
    .refine((value) => parseDuration(value) !== undefined, 'expected a duration, such as 2m')
    .nullish()
    .describe('How long a member may take until it answers for the first time. Default 2m'),
  Resolved: z
    .strictObject({ InitScript: z.string() })
    .nullish()
    .describe('Content of InitScriptTemplateURL, filled in by the group when it is committed'),
})

/** `Properties` as the plugin works with them. */
export interface ZookeeperProperties {
  readonly useDocker: boolean
  readonly image: string
  readonly service: boolean
  readonly configDir: string
  readonly dataDir: string
  readonly clientPort: number
  readonly peerPort: number
  readonly electionPort: number
  readonly bindClients: boolean
  readonly settings: Readonly<Record<string, string | number | boolean>>
  readonly templateURL: string | undefined
  /** What `templateURL` held at commit. */
  readonly template: string | undefined
  readonly startPeriodMs: number
}

/** The port of ZooKeeper's own web server would be open to all. */
const defaultSettings = { tickTime: 2000, initLimit: 10, syncLimit: 5, 'admin.enableServer': false }

/** Reads `Properties`. Throws `input`, naming the field. */
export function readProperties(value: Opaque): ZookeeperProperties {
  const given = parseInput(propertiesSchema, value ?? {}, { prefix: 'Properties' })
  return {
    useDocker: given.UseDocker ?? false,
    image: given.Image ?? 'zookeeper:3.8',
    service: given.Service ?? true,
    configDir: given.ConfigDir ?? '/etc/zookeeper/conf',
    dataDir: given.DataDir ?? '/var/lib/zookeeper',
    clientPort: given.ClientPort ?? 2181,
    peerPort: given.PeerPort ?? 2888,
    electionPort: given.ElectionPort ?? 3888,
    bindClients: given.BindClients ?? false,
    settings: { ...defaultSettings, ...given.Settings },
    templateURL: given.InitScriptTemplateURL || undefined,
    template: given.Resolved?.InitScript,
    startPeriodMs: parseDuration(given.StartPeriod ?? '2m') ?? 0,
  }
}
