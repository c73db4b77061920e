import { InfrakitError, type DeploymentSpec, type TxnOperation } from '@infrakit/spi'
import type { Facts } from './facts.js'
import { keys } from './names.js'
import type { Ports } from './ports.js'
import type { Journal, ReleaseRecord, ServiceState, Traffic } from './records.js'

/** What the registry has of a service. */
export interface Recorded {
  readonly state?: ServiceState
  readonly traffic?: Traffic
  readonly journal?: Journal
  readonly records: ReadonlyMap<number, ReleaseRecord>
  /** Versions of what a plan is made from, by key; 0: there is no such key. */
  readonly basis: Readonly<Record<string, number>>
}

export async function readRecorded({ registry: find, json }: Ports, service: string): Promise<Recorded> {
  const { registry } = await find()
  const [small, releases] = await Promise.all([
    registry.list({ Prefix: `${keys.all}${service}/` }),
    registry.list({ Prefix: keys.releases(service) }),
  ])
  const entries = new Map(small.Entries.map((entry) => [entry.Key, entry]))
  const read = <T>(key: string) => {
    const entry = entries.get(key)
    return entry ? (json.parse(entry.Value) as T) : undefined
  }
  const [state, traffic] = [read<ServiceState>(keys.state(service)), read<Traffic>(keys.traffic(service))]
  const journal = read<Journal>(keys.journal(service))
  const records = releases.Entries.map(({ Value }) => json.parse(Value) as ReleaseRecord)
  const versions = [keys.state(service), keys.traffic(service)].map(
    (key) => [key, entries.get(key)?.Version ?? 0] as const,
  )
  return {
    ...(state ? { state } : {}),
    ...(traffic ? { traffic } : {}),
    ...(journal ? { journal } : {}),
    records: new Map(records.map((record) => [record.Release, record])),
    basis: Object.fromEntries(versions),
  }
}

/** Throws `conflict` when the service has changed since a plan was made from `basis`. */
export async function checkBasis({ registry: find }: Ports, basis: Readonly<Record<string, number>>): Promise<void> {
  const { registry } = await find()
  const checks = Object.entries(basis).map(([Key, Version]): TxnOperation => ({ Check: { Key, Version } }))
  if (checks.length > 0) await registry.txn({ Operations: checks })
}

/** The world as far as plans depend on it. Throws `conflict` for a service whose plugins run elsewhere. */
export async function factsOf(
  ports: Ports,
  service: string,
  recorded: Recorded,
  next?: DeploymentSpec,
): Promise<Facts> {
  const { state, traffic, journal, records, basis } = recorded
  // One that has no release is nobody's, but for who is about to bring it one.
  const home = state?.Site ?? (journal?.Direction === 'ended' ? undefined : journal?.Site)
  if (home !== undefined && home !== ports.site) {
    throw new InfrakitError('conflict', `Service '${service}' is kept at ${home}, and this is ${ports.site}`, {
      hint: 'deploy it there, or under another name here',
    })
  }
  const specs = [...[...records.values()].map(({ Spec }) => Spec), ...(next ? [next] : [])]
  const plugins = [...new Set(specs.map(({ Group }) => Group.Instance.Plugin))]
  const abilities = await Promise.all(plugins.map(async (name) => ({ name, port: await ports.instance(name) })))
  return {
    service,
    site: ports.site,
    hook: ports.plugin,
    ...(state ? { state } : {}),
    ...(traffic ? { traffic } : {}),
    records,
    lastRelease: journal?.LastRelease ?? state?.Active ?? 0,
    stoppable: new Set(abilities.flatMap(({ name, port }) => (port.lifecycle ? [name] : []))),
    pulling: new Set(abilities.flatMap(({ name, port }) => (port.prepare ? [name] : []))),
    basis,
    warnings: [],
  }
}
