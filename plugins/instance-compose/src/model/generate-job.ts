import { generate } from './generate.js'
import { fieldsOf, type Rendered } from './rendered.js'

export interface OnceOnly {
  readonly rendered: Rendered
  /** Of the container, and of the service that it is made of. */
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** In place of the service's own. */
  readonly command: readonly string[] | undefined
  /** ID of the container in whose network it is. */
  readonly beside: string | undefined
}

/** What only an instance has, and what would start it again. */
const ofInstances = ['restart', 'ports', 'healthcheck', 'labels']
const ofNetworks = ['networks', 'network_mode', 'hostname', 'domainname', 'mac_address', 'dns', 'dns_search', 'dns_opt']
const alsoOfNetworks = ['extra_hosts', 'links', 'expose']

function without(fields: Readonly<Record<string, unknown>>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !keys.includes(key)))
}

/** The project that Compose is handed to run a service once: with nothing published, and under no name of the service. Pure. */
export function generateJob({ rendered, name, labels, command, beside }: OnceOnly): object {
  const own = without(rendered.service, ofInstances)
  const service =
    beside === undefined
      ? own
      : { ...without(own, [...ofNetworks, ...alsoOfNetworks]), network_mode: `container:${beside}` }
  const networks = beside === undefined ? rendered.networks : {}
  const model = generate({
    rendered: {
      ...rendered,
      networks,
      service: {
        ...service,
        ...(command ? { command: command.map((one) => one.replaceAll('$', '$$$$')) } : {}),
      },
    },
    service: name,
    container: name,
    alias: name,
    labels,
    hostPorts: [],
    attachments: [],
  })
  return { ...fieldsOf(model) }
}
