import { keys } from '../names.js'
import type { Ports } from '../ports.js'
import type { Journal, Traffic } from '../records.js'

/** Where a service's requests go, unless another site keeps it: that one makes it so. */
export async function readTraffic(
  { registry: find, json, site }: Ports,
  service: string,
): Promise<Traffic | undefined> {
  const { registry } = await find()
  const traffic = await registry.get({ Key: keys.traffic(service) })
  if (!traffic.Entry) return undefined
  // After the traffic: whoever takes over a service writes its journal first.
  const journal = await registry.get({ Key: keys.journal(service) })
  const isOthers = journal.Entry && (json.parse(journal.Entry.Value) as Journal).Site !== site
  return isOthers ? undefined : (json.parse(traffic.Entry.Value) as Traffic)
}
