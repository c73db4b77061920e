import { fieldsOf, listOf, textOf } from './rendered.js'

/** When a side service is ready, in Compose's words. */
export type Condition = 'service_started' | 'service_healthy' | 'service_completed_successfully'

/** A service that has to be there first. */
export interface Side {
  readonly service: string
  readonly condition: Condition
}

type Fields = Readonly<Record<string, unknown>>

const shared = ['network_mode', 'ipc', 'pid', 'uts', 'cgroup'] as const

/** The services whose containers a service uses: their network, their volumes, their names. */
export function referredTo(service: Fields): string[] {
  const namespaces = shared.map((key) => /^service:(.+)$/.exec(textOf(service[key]) ?? '')?.[1])
  const volumes = listOf(service['volumes_from']).map(textOf)
  const own = volumes
    .filter((one) => one !== undefined && !one.startsWith('container:'))
    .map((one) => one?.split(':')[0])
  const links = listOf(service['links']).map((one) => textOf(one)?.split(':')[0])
  return [...new Set([...namespaces, ...own, ...links])].filter((one) => one !== undefined)
}

function conditionOf(value: unknown): Condition {
  const said = fieldsOf(value)['condition']
  return said === 'service_healthy' || said === 'service_completed_successfully' ? said : 'service_started'
}

/**
 * The services that have to be there before a replica is made. Pure. What the service can do without (`required: false`) is
 * left to its owner.
 *
 * @param wanted those that were asked for; by default all that it depends on
 */
export function sidesOf(service: Fields, wanted: readonly string[] | undefined): Side[] {
  const depends = Array.isArray(service['depends_on'])
    ? Object.fromEntries(service['depends_on'].map((one) => [String(one), {}]))
    : fieldsOf(service['depends_on'])
  const needed = Object.keys(depends).filter((one) => fieldsOf(depends[one])['required'] !== false)
  const names = wanted ?? [...new Set([...needed, ...referredTo(service)])]
  return names.map((one) => ({ service: one, condition: conditionOf(depends[one]) }))
}
