import type { Colour } from '@infrakit/spi'

/** Keys of a service in the registry. What is small stands apart, so that all services can be listed at once. */
export const keys = {
  all: 'deployments/',
  state: (service: string) => `deployments/${service}/service`,
  traffic: (service: string) => `deployments/${service}/traffic`,
  journal: (service: string) => `deployments/${service}/journal`,
  plan: (service: string) => `deployment-data/${service}/plan`,
  release: (service: string, release: number) => `deployment-data/${service}/releases/${release}`,
  releases: (service: string) => `deployment-data/${service}/releases/`,
  history: (service: string, number: number) => `deployment-data/${service}/history/${padded(number)}`,
  histories: (service: string) => `deployment-data/${service}/history/`,
  log: (service: string, number: number) => `deployment-data/${service}/logs/${padded(number)}`,
} as const

/** The lease that whoever changes a service holds, and the scope of its fence. */
export function leaseName(service: string): string {
  return `deployments/${service}`
}

/** Who the routes of a service belong to. */
export function routeOwner(service: string): string {
  return `deployment/${service}`
}

export function groupName(service: string, release: number): string {
  return `${service}-${release}`
}

export function otherColour(colour: Colour | undefined): Colour {
  return colour === 'blue' ? 'green' : 'blue'
}

/** Keys are listed in order of their bytes. */
function padded(number: number): string {
  return String(number).padStart(8, '0')
}
