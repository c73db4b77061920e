import { setTimeout as sleep } from 'node:timers/promises'
import {
  health,
  InfrakitError,
  type EventTopics,
  type Fence,
  type Fenced,
  type Flavor,
  type Instance,
  type InstanceSpec,
  type Lifecycle,
  type Logs,
  type Metadata,
  type Prepare,
  type Resolve,
} from '@infrakit/spi'
import { memoryInstance, type MemoryInstance } from '../../src/index.js'
import { hub, type Hub } from './mini-plugin.js'

export interface RightInstance {
  readonly memory: MemoryInstance
  readonly handlers: Instance & Lifecycle
  readonly fence: Fence
  readonly metadata: Metadata
  readonly resolve: Resolve
  readonly prepare: Prepare
  readonly logs: Logs
  readonly topics: EventTopics
  readonly hub: Hub
}

/** An instance plugin in memory that keeps every promise. */
export function rightInstance(): RightInstance {
  const memory = memoryInstance()
  const events = hub()
  const epochs = new Map<string, number>()
  const judge = (scope: string, epoch: number) => {
    if (epoch < (epochs.get(scope) ?? 0)) throw new InfrakitError('conflict', `epoch ${epoch} of ${scope} is over`)
    return epoch
  }
  memory.before = async (method, request) => {
    const { Fence, Spec, Properties } = request as Fenced & { Spec?: InstanceSpec; Properties?: unknown }
    if (Fence) judge(Fence.Scope, Fence.Epoch)
    const properties = Spec ? Spec.Properties : Properties
    const wanted = method === 'validate' || method === 'provision'
    if (wanted && properties !== null && properties !== undefined && typeof properties !== 'object') {
      throw new InfrakitError('input', 'Properties: expected an object')
    }
    // As long as a medium would take, so that calls overlap.
    await sleep(method === 'provision' ? 2 : 0)
    if (method !== 'describeInstances') setImmediate(() => events.publish(method))
  }
  const fence: Fence = { raise: async ({ Scope, Epoch }) => void epochs.set(Scope, judge(Scope, Epoch)) }
  const metadata: Metadata = {
    list: async ({ Path }) => ({ Nodes: Path === '.' ? ['a', 'b'] : [] }),
    get: async ({ Path }) => ({ Value: Path === 'a' ? 1 : null }),
  }
  const resolve: Resolve = { resolve: async ({ Properties }) => ({ Resolved: { digest: JSON.stringify(Properties) } }) }
  const prepare: Prepare = { prepare: async () => undefined }
  const logs: Logs = { tail: async ({ Lines }) => ({ Lines: ['one', 'two', 'three'].slice(-(Lines ?? 3)) }) }
  const topics: EventTopics = { list: async () => ({ Nodes: [] }) }
  return { memory, handlers: memory.handlers, fence, metadata, resolve, prepare, logs, topics, hub: events }
}

/** A flavor that adds to what there is and keeps every promise. */
export function rightFlavor(): Flavor {
  const validate = (properties: unknown) => {
    const value = properties ?? {}
    if (typeof value === 'object') return
    throw new InfrakitError('input', 'Properties: expected an object')
  }
  return {
    validate: async ({ Properties }) => validate(Properties),
    async prepare({ Spec, Properties }) {
      validate(Properties)
      await sleep(1)
      const Init = Spec.Init ? `${Spec.Init}\necho flavor` : 'echo flavor'
      return { Spec: { ...Spec, Init, Tags: { ...Spec.Tags, tier: 'web' } } }
    },
    healthy: async () => ({ Health: health.healthy }),
    drain: async () => undefined,
  }
}
