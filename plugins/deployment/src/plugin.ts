import { createHook, Deployments, Services } from '@infrakit/deployment'
import type { PluginContext, Running } from '@infrakit/host'
import { offer } from '@infrakit/rpc'
import { deploymentInterface, flavorInterface } from '@infrakit/spi'
import { createPorts } from './ports.js'

/** Takes up what earlier processes left, and serves. Keeps nothing of its own: all is in the registry. */
export async function startDeployments(
  context: PluginContext<{ registry?: string }>,
  leaseSeconds: number,
): Promise<Running> {
  const ports = createPorts(context, Math.max(1, Math.ceil(leaseSeconds)))
  const services = new Services(ports)
  services.start()
  return {
    offers: [
      offer(deploymentInterface, new Deployments(ports, services)),
      offer(
        flavorInterface,
        createHook(ports, (service) => services.keeper(service)),
      ),
    ],
    stop: () => services.stop(),
  }
}
