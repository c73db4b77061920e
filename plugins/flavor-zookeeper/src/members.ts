import { isIPv6 } from 'node:net'
import { InfrakitError, type Allocation } from '@infrakit/spi'
import type { ZookeeperProperties } from './properties.js'

/** What stands in a configuration file, and in a script, as it is. */
const host = /^[A-Za-z0-9](?:[A-Za-z0-9.:_-]*[A-Za-z0-9_])?$|^::1?$/

function refuse(path: string, message: string, hint: string): InfrakitError {
  return new InfrakitError('input', `${path}: ${message}`, { path, hint })
}

const needed = 'Give the group LogicalIDs: the addresses of its members, an odd number of them.'

/** The logical IDs of an ensemble, which are addresses. Throws `input`. */
export function membersOf(allocation: Allocation | null | undefined): readonly string[] {
  const ids = allocation?.LogicalIDs ?? []
  if (ids.length === 0) throw refuse('Allocation.LogicalIDs', 'a ZooKeeper ensemble needs logical IDs', needed)
  for (const [at, id] of ids.entries()) {
    const path = `Allocation.LogicalIDs[${at}]`
    if (!host.test(id)) throw refuse(path, `'${id}' is no address and no name of a host`, needed)
    if (ids.indexOf(id) !== at) throw refuse(path, `'${id}' is there twice`, 'Each member is one logical ID.')
  }
  return ids
}

/** What other members call one: `10.0.0.1:2888:3888`. */
function serverOf(id: string, { peerPort, electionPort }: ZookeeperProperties): string {
  return `${isIPv6(id) ? `[${id}]` : id}:${peerPort}:${electionPort}`
}

/** What the template of the commands can name. */
export interface MemberValues {
  readonly LogicalID: string
  /** Number of the member, from 1: its place among the logical IDs. */
  readonly MyID: number
  /** `address:peer port:election port` of all members, in the order of their numbers. */
  readonly Servers: readonly string[]
  readonly Settings: Readonly<Record<string, string | number | boolean>>
  readonly ConfigDir: string
  readonly DataDir: string
  readonly ClientPort: number
  readonly Service: boolean
  readonly Image: string
}

/** One member of the ensemble. Throws `input` where the logical ID is not one of them. */
export function memberValues(
  id: string | null | undefined,
  ids: readonly string[],
  properties: ZookeeperProperties,
): MemberValues {
  const at = id ? ids.indexOf(id) : -1
  if (!id || at < 0) {
    throw refuse('Spec.LogicalID', id ? `'${id}' is none of ${ids.join(', ')}` : 'a member needs a logical ID', needed)
  }
  const { configDir, dataDir, clientPort, service, image, settings, bindClients } = properties
  return {
    LogicalID: id,
    MyID: at + 1,
    Servers: ids.map((one) => serverOf(one, properties)),
    Settings: { ...settings, ...(bindClients ? { clientPortAddress: id } : {}) },
    ConfigDir: configDir,
    DataDir: dataDir,
    ClientPort: clientPort,
    Service: service,
    Image: image,
  }
}
