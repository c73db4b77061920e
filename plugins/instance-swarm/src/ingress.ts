import { existsSync } from 'node:fs'
import type { Engine, Service } from '@infrakit/docker'
import { wantsIngress } from './definition.js'

/** There once the kernel has it: the engine loads it, where it can, with its first ingress port. */
const ipvs = '/proc/net/ip_vs'

export const ingressHint = 'Publish in mode: host, or use a kernel with IP_VS (modprobe ip_vs) on every node.'

/**
 * Why ports that a service publishes at every node do not serve; `undefined` when they may. The swarm reports such a service as
 * converged nevertheless. Known of the kernel of this machine alone.
 */
export function ingressProblem(
  { definition }: Pick<Service, 'definition'>,
  engines: readonly Pick<Engine, 'address'>[],
  isThere: (path: string) => boolean = existsSync,
): string | undefined {
  const local = engines.some(({ address }) => address.kind === 'unix')
  if (!local || !wantsIngress(definition) || isThere(ipvs)) return undefined
  return 'its ingress ports do not serve: the kernel has no IP_VS'
}
