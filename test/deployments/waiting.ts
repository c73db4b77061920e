import type { DeploymentDescription, DeploymentSpec } from '@infrakit/spi'
import { waitUntil } from '@infrakit/testing'
import type { DeploymentWorld } from './world.js'

/** A strategy that waits in the middle, with half of the requests on either release, until it is promoted. */
export const half: DeploymentSpec['Strategy'] = { Type: 'canary', Steps: ['50%'], Manual: true }

/** Waits until the deployment that goes on is at a step whose name begins so. */
export async function atStep(world: DeploymentWorld, step: string): Promise<DeploymentDescription> {
  const isAt = async () => {
    const { Description } = await (await world.deployment()).describe({ Service: 'shop' })
    const { Steps } = Description.Deployment ?? {}
    return Steps?.some(({ Name, State }) => Name.startsWith(step) && State === 'running') && Description
  }
  return waitUntil(`it to be at ${step}`, () => isAt().catch(() => undefined), 60_000)
}

/** Waits until all requests go to the active release, whichever that is, and it has so many servers; answers which. */
export async function served(world: DeploymentWorld, servers: number): Promise<number> {
  const isServed = async () => {
    const { Description } = await (await world.deployment()).describe({ Service: 'shop' })
    const active = Description.Releases.find(({ State }) => State === 'active')
    const live = Description.Traffic.filter(({ Share }) => Share > 0)
    const [only] = live
    return live.length === 1 && only?.Release === active?.Release && only?.Servers.length === servers && active?.Release
  }
  return waitUntil('the active release to have all requests', () => isServed().catch(() => undefined), 120_000)
}
