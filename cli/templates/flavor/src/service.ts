import { connect } from 'node:net'
import { endpointsOf, health, type HealthyResult, type InstanceDescription } from '@infrakit/spi'
import type { Properties } from './properties.js'

const patienceMs = 5000

/**
 * YOUR SERVICE: ask it how it is. What stands here tries to connect to it, and believes an instance that tells no
 * address. `unhealthy` has an instance replaced; whoever cannot tell says `unknown`, or throws, and nothing happens.
 */
export async function probe(instance: InstanceDescription, { Port }: Properties): Promise<HealthyResult> {
  const endpoint = endpointsOf(instance).find((one) => Port == null || one.ContainerPort === Port)
  if (!endpoint) return { Health: health.healthy, Reason: 'it tells no address that could be probed' }
  const address = `${endpoint.Host}:${endpoint.Port}`
  const problem = await connectionProblem(endpoint.Host, endpoint.Port)
  if (problem === undefined) return { Health: health.healthy, Reason: `${address} accepts connections` }
  return { Health: health.unhealthy, Reason: `${address}: ${problem}` }
}

/**
 * YOUR SERVICE: take the instance out of use, and return once nothing is in flight on it. It is called again after a
 * failure.
 */
export async function drain(_instance: InstanceDescription, _properties: Properties): Promise<void> {}

function connectionProblem(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: patienceMs })
    const end = (problem?: string) => {
      socket.destroy()
      resolve(problem)
    }
    socket.once('connect', () => end())
    socket.once('timeout', () => end(`no answer within ${patienceMs} ms`))
    socket.once('error', ({ message }) => end(message))
  })
}
