import {
  InfrakitError,
  matchesTags,
  tag,
  type Instance,
  type InstanceDescription,
  type InstanceSpec,
  type Lifecycle,
  type Tags,
} from '@infrakit/spi'

export interface MemoryInstance {
  readonly handlers: Instance & Lifecycle
  /** What is there, by ID. Change it to make things happen behind the group's back. */
  readonly instances: Map<string, InstanceDescription & { Spec: InstanceSpec }>
  /** Every call that reached the plugin, in order: `provision`, `destroy web-1`, ... */
  readonly calls: string[]
  /** Called before each call is carried out; throw or wait in it to play a faulty plugin. */
  before: (method: string, request: unknown) => void | Promise<void>
  /** Hosts that cannot be reached: instances whose `Properties.Host` is one of them are not listed. */
  readonly unreachable: Set<string>
  /** The most instances that ever existed at the same time. */
  peak: number
}

function hostOf({ Properties }: InstanceDescription): string | undefined {
  return (Properties as { Host?: string } | undefined)?.Host
}

/** An instance plugin that keeps its instances in memory. Honours provision keys and counts what existed at once. */
export function memoryInstance(): MemoryInstance {
  const instances: MemoryInstance['instances'] = new Map()
  const unreachable = new Set<string>()
  let sequence = 0
  const find = (id: string) => {
    const found = instances.get(id)
    if (!found) throw new InfrakitError('not-found', `no instance '${id}'`)
    return found
  }
  async function enter(method: string, request: { Instance?: string }) {
    plugin.calls.push(request.Instance === undefined ? method : `${method} ${request.Instance}`)
    await plugin.before(method, request)
  }
  const handlers: Instance & Lifecycle = {
    validate: (request) => enter('validate', request as object),
    async provision(request) {
      await enter('provision', request as object)
      const key = request.Spec.Tags?.[tag.provision]
      for (const known of instances.values()) if (key && known.Tags?.[tag.provision] === key) return { ID: known.ID }
      const ID = `i-${String(++sequence).padStart(4, '0')}`
      const { Tags, LogicalID } = request.Spec
      instances.set(ID, { ID, Tags: { ...Tags }, LogicalID: LogicalID ?? null, Spec: request.Spec })
      plugin.peak = Math.max(plugin.peak, instances.size)
      return { ID }
    },
    async label(request) {
      await enter('label', request)
      Object.assign(find(request.Instance).Tags as Tags, request.Labels)
    },
    async destroy(request) {
      await enter('destroy', request)
      find(request.Instance)
      instances.delete(request.Instance)
    },
    async describeInstances(request) {
      await enter('describeInstances', request as object)
      const all = [...instances.values()].filter((one) => matchesTags(one.Tags, request.Tags))
      const seen = all.filter((one) => !unreachable.has(hostOf(one) ?? ''))
      const described = seen.map(({ Spec, ...one }) => (request.Properties ? { Properties: Spec, ...one } : one))
      const away = [...unreachable].map((Host) => ({ Host, Since: new Date(0).toISOString() }))
      return { Descriptions: described, ...(away.length > 0 ? { Unreachable: away } : {}) }
    },
    async stop(request) {
      await enter('stop', request)
      find(request.Instance).State = 'stopped'
    },
    async start(request) {
      await enter('start', request)
      find(request.Instance).State = 'running'
    },
  }
  const plugin: MemoryInstance = { handlers, instances, calls: [], before: () => undefined, unreachable, peak: 0 }
  return plugin
}
