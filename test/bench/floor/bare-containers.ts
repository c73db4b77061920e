import Dockerode from 'dockerode'
import type { ContainerCreateOptions } from 'dockerode'
import { removeContainersOf, ownerLabel } from '../../environment/real-world.js'
import { testImage, unique } from '@infrakit/testing/engine'
import type { Teardown } from '@infrakit/testing'
import { stopwatch } from '../stopwatch.js'

/** What the containers of all rows run: a web server with a published port, as compose has it. */
export function containerProperties(image: string) {
  return { image, command: ['httpd', '-f', '-p', '80'], init: true, ports: [80] }
}

/** Of the ports that the plugin does not hand out: 20000 to 29999. */
const firstPort = 15_000

export interface BareContainers {
  readonly docker: Dockerode
  readonly image: string
  readonly namespace: string
  /** Creates and starts containers, so many at once, and answers their ids. */
  make(count: number, atOnce: number): Promise<string[]>
  remove(ids: readonly string[]): Promise<void>
}

/** dockerode and nothing else, with containers of the same kind as ours. @param namespace whose they count as */
export function createBareContainers(t: Teardown, namespace: string = unique('floor')): BareContainers {
  const docker = new Dockerode()
  const image = testImage('busybox')
  t.teardown(() => removeContainersOf(namespace))
  let made = 0

  function definition(): ContainerCreateOptions {
    const HostPort = String(firstPort + (made++ % 4000))
    return {
      Image: image,
      Cmd: ['httpd', '-f', '-p', '80'],
      ExposedPorts: { '80/tcp': {} },
      // As ours have them: 100 are described by what is in their labels.
      Labels: { [ownerLabel]: namespace, [`${ownerLabel}.tags`]: '{"infrakit.group":"web"}' },
      HostConfig: { Init: true, PortBindings: { '80/tcp': [{ HostPort }] } },
    }
  }

  async function make(count: number, atOnce: number): Promise<string[]> {
    const ids: string[] = []
    let left = count
    const worker = async () => {
      while (left-- > 0) {
        const container = await docker.createContainer(definition())
        await container.start()
        ids.push(container.id)
      }
    }
    await Promise.all(Array.from({ length: Math.min(count, atOnce) }, worker))
    return ids
  }

  async function remove(ids: readonly string[]): Promise<void> {
    const left = [...ids]
    const worker = async () => {
      for (let id = left.pop(); id !== undefined; id = left.pop()) {
        await docker.getContainer(id).remove({ force: true, v: true })
      }
    }
    await Promise.all(Array.from({ length: 8 }, worker))
  }

  return { docker, image, namespace, make, remove }
}

/** How many at once make `count` containers soonest on this machine: 4, 6 or 8. */
export async function bestConcurrency({ make, remove }: BareContainers, count: number): Promise<number> {
  const took: { readonly atOnce: number; readonly ms: number }[] = []
  for (const atOnce of [4, 6, 8]) {
    const elapsed = stopwatch()
    const ids = await make(count, atOnce)
    took.push({ atOnce, ms: elapsed() })
    await remove(ids)
  }
  return took.reduce((best, one) => (one.ms < best.ms ? one : best)).atOnce
}
