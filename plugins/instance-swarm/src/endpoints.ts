import type { Service, SwarmNode, Task } from '@infrakit/docker'
import type { Endpoint } from '@infrakit/spi'

function distinct(all: readonly Endpoint[]): Endpoint[] {
  return all.filter(
    (one, at) =>
      all.findIndex(
        ({ Host, Port, Protocol }) => Host === one.Host && Port === one.Port && Protocol === one.Protocol,
      ) === at,
  )
}

/** The network that is there for published ports alone: nobody is reached by his address in it. */
const ingress = 'ingress'

/** Where a task listens: published ports at its node first, by port, then its own addresses in networks. Pure. */
export function endpointsOf(service: Service, task: Task, node: SwarmNode | undefined): Endpoint[] {
  const ports = [...task.ports.filter(({ mode }) => mode === 'host'), ...service.ports.filter(isIngress)]
  const published = ports
    .filter(({ publishedPort }) => publishedPort > 0 && node !== undefined)
    .map(({ publishedPort, targetPort, protocol }) => ({
      Host: node?.address ?? '',
      Port: publishedPort,
      ContainerPort: targetPort,
      Protocol: protocol,
    }))
  const own = task.addresses
    .filter(({ network }) => network !== ingress)
    .flatMap(({ address }) =>
      service.ports.map(({ targetPort, protocol }) => ({
        Host: address,
        Port: targetPort,
        ContainerPort: targetPort,
        Protocol: protocol,
      })),
    )
  const byPort = (a: { ContainerPort: number }, b: { ContainerPort: number }) => a.ContainerPort - b.ContainerPort
  return distinct([...published.sort(byPort), ...own.sort(byPort)])
}

function isIngress({ mode }: { readonly mode: string }): boolean {
  return mode === 'ingress'
}
