import { createHash } from 'node:crypto'
import type { ServiceCheck, ServiceDescription, ServiceEntry } from '@infrakit/spi'
import type { ConsulService } from './answers.js'

/** Letters, digits, dots, dashes and underscores, as the registry's schema has it. */
const name = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/
const usualIntervalSeconds = 10
const usualTimeoutSeconds = 5

/**
 * What the agent calls the only check of a service. Another check has another name, as the agent hands the state of one on
 * to the next of the same name.
 */
export function checkIdOf(id: string, check: ServiceCheck): string {
  return `service:${id}:${createHash('sha256').update(notesOf(check)).digest('hex').slice(0, 8)}`
}

/** Of all checks that concern a place, the one that was registered with it. */
function ownCheck({ Service, Checks }: ConsulService): ConsulService['Checks'][number] | undefined {
  return Checks.find(({ CheckID }) => CheckID.startsWith(`service:${Service.ID}:`))
}

/** Each notes what it was made of, so that the service can be described as it was registered. */
function agentCheck(id: string, check: ServiceCheck): object {
  const common = { CheckID: checkIdOf(id, check), Notes: notesOf(check) }
  const Interval = `${check.IntervalSeconds ?? usualIntervalSeconds}s`
  const Timeout = `${check.TimeoutSeconds ?? usualTimeoutSeconds}s`
  if (check.HTTP != null) return { HTTP: check.HTTP, Interval, Timeout, ...common }
  if (check.TCP != null) return { TCP: check.TCP, Interval, Timeout, ...common }
  return { TTL: `${check.TTLSeconds ?? 0}s`, Status: 'passing', ...common }
}

function notesOf({ HTTP, TCP, TTLSeconds, IntervalSeconds, TimeoutSeconds }: ServiceCheck): string {
  const given = Object.entries({ HTTP, TCP, TTLSeconds, IntervalSeconds, TimeoutSeconds })
  return JSON.stringify(Object.fromEntries(given.filter(([, value]) => value != null)))
}

/** A service as the agent takes it. Pure. */
export function agentService({ Name, ID, Address, Port, Tags, Check }: ServiceEntry): object {
  return { Name, ID, Address, Port, Tags: Tags ?? [], ...(Check && { Check: agentCheck(ID, Check) }) }
}

/** Whether a place is as it was registered just now, and known to be well where that goes by registering. */
export function isRegistered({ ID, Address, Port, Tags, Check }: ServiceEntry, place: ConsulService): boolean {
  const { Service } = place
  const own = ownCheck(place)
  return (
    Service.ID === ID &&
    Service.Address === Address &&
    Service.Port === Port &&
    JSON.stringify(Service.Tags) === JSON.stringify(Tags ?? []) &&
    own?.Notes === (Check ? notesOf(Check) : undefined) &&
    (Check?.TTLSeconds == null || own?.Status === 'passing')
  )
}

function checkIn(notes: string | undefined): ServiceCheck | undefined {
  try {
    const found: unknown = JSON.parse(notes ?? '')
    if (typeof found !== 'object' || found === null) return undefined
    const { HTTP, TCP, TTLSeconds } = found as ServiceCheck
    return [HTTP, TCP, TTLSeconds].filter((one) => one != null).length === 1 ? (found as ServiceCheck) : undefined
  } catch {
    return undefined
  }
}

function description(place: ConsulService): ServiceDescription | undefined {
  const { Node, Service, Checks } = place
  const { ID, Service: Name, Port } = Service
  const Address = Service.Address || Node.Address
  if (!name.test(ID) || !name.test(Name) || Port < 1 || Port > 65_535 || Address === '') return undefined
  const Check = checkIn(ownCheck(place)?.Notes)
  const Health = Checks.every(({ Status }) => Status === 'passing') ? 'passing' : 'critical'
  return { Name, ID, Address, Port, Tags: [...(Service.Tags ?? [])], ...(Check && { Check }), Health }
}

const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/**
 * Places of services as the registry describes them, by name and ID. Of an ID that several agents have, which happens when
 * it was registered at another one because the first did not answer, the newest counts. What others entered that is no place
 * to connect to (no port, no such name), and Consul itself, is left out. Pure.
 */
export function servicesIn(places: readonly ConsulService[]): ServiceDescription[] {
  const newest = new Map<string, ConsulService>()
  for (const place of places) {
    const { ID, ModifyIndex, Service } = place.Service
    if (Service === 'consul') continue
    const known = newest.get(ID)
    if (!known || known.Service.ModifyIndex < ModifyIndex) newest.set(ID, place)
  }
  return [...newest.values()]
    .map(description)
    .filter((one) => one !== undefined)
    .sort((a, b) => byText(a.Name, b.Name) || byText(a.ID, b.ID))
}
