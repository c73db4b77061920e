import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type Dockerode from 'dockerode'
import type { Teardown } from '@infrakit/testing'
import { ownerLabel } from '../../environment/real-world.js'

export interface ContainerEvents {
  /** When the next event of the kind comes here (monotonic ms); to be asked for before what causes it. */
  next(action: 'die' | 'start'): Promise<number>
}

/** Hears the engine itself, beside whoever else does. */
export async function watchContainers(t: Teardown, docker: Dockerode, namespace: string): Promise<ContainerEvents> {
  const filters = { type: ['container'], label: [`${ownerLabel}=${namespace}`] }
  const stream = (await docker.getEvents({ filters: JSON.stringify(filters) } as object)) as Readable
  t.teardown(() => void stream.destroy())
  const waiting = new Map<string, (at: number) => void>()
  createInterface({ input: stream }).on('line', (line) => {
    const at = performance.now()
    const { Action } = JSON.parse(line) as { Action: string }
    waiting.get(Action)?.(at)
    waiting.delete(Action)
  })
  return { next: (action) => new Promise((resolve) => waiting.set(action, resolve)) }
}
