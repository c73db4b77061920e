import { health, tag, type GroupSpec } from '@infrakit/spi'
import { memoryFlavor, memoryInstance, waitUntil, type MemoryInstance, type Teardown } from '@infrakit/testing'
import { randomUUID } from 'node:crypto'
import { Groups } from '../src/groups.js'
import type { Ports, StateStore } from '../src/ports.js'
import type { GroupState } from '../src/state.js'

/** Keeps states as text, so that nothing is shared with the controller by accident. `fail` plays a full disk. */
export function memoryStore(): StateStore & { texts: Map<string, string>; fail: boolean } {
  const texts = new Map<string, string>()
  const store = {
    texts,
    fail: false,
    keys: async () => [...texts.keys()],
    read: async (key: string) => {
      const text = texts.get(key)
      return text === undefined ? undefined : (JSON.parse(text) as GroupState)
    },
    write: async (key: string, state: GroupState) => {
      if (store.fail) throw new Error('ENOSPC: no space left on device')
      texts.set(key, JSON.stringify(state))
    },
    remove: async (key: string) => {
      texts.delete(key)
    },
  }
  return store
}

export interface HarnessOptions {
  /** Of an earlier life. */
  readonly store?: ReturnType<typeof memoryStore>
  readonly instance?: MemoryInstance
  /** Whether the plugins tell of changes; default true. */
  readonly events?: boolean
}

type Hint = (id?: string) => void

/** Listeners of a plugin, and what lets them listen. */
function broadcast() {
  const hints = new Set<Hint>()
  const watch = (hint: Hint, signal: AbortSignal) => {
    hints.add(hint)
    signal.addEventListener('abort', () => hints.delete(hint))
  }
  return { watch, tell: (id?: string) => hints.forEach((hint) => hint(id)) }
}

/** A group plugin in memory, with an instance plugin and a flavor that do as they are told. */
export async function harness(t: Teardown, options: HarnessOptions = {}) {
  const instance = options.instance ?? memoryInstance()
  const elsewhere = memoryInstance()
  const flavor = memoryFlavor()
  const store = options.store ?? memoryStore()
  const told: string[] = []
  const changes = broadcast()
  const judgements = broadcast()
  const missing = new Set<string>()
  const known = new Set(['memory', 'elsewhere'])
  const ports: Ports = {
    async instance(name) {
      if (missing.has(name) || !known.has(name)) throw new Error(`plugin not found:${name}`)
      return {
        instance: name === 'memory' ? instance.handlers : elsewhere.handlers,
        lifecycle: instance.handlers,
        ...(options.events === false ? {} : { watch: changes.watch }),
      }
    },
    flavor: async () => ({
      flavor: flavor.handlers,
      ...(options.events === false ? {} : { watch: judgements.watch }),
    }),
    store,
    clock: { now: () => performance.now(), date: () => new Date(), boot: 'this-boot' },
    random: () => 0.99,
    newKey: randomUUID,
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined },
    publish: (event) => told.push(event.Message),
  }
  const groups = new Groups(ports)
  await groups.start()
  t.teardown(() => groups.stop())
  return {
    ports,
    groups,
    instance,
    /** What another instance plugin has, which goes by this name. */
    elsewhere,
    flavor,
    store,
    told,
    missing,
    /** Something changed behind the group's back, and the instance plugin says so. */
    hint: () => changes.tell(),
    /** The flavor says that its judgement of this one has changed, or may have of any. */
    judged: judgements.tell,
    describe: async (ID = 'web') => (await groups.describeGroup({ ID })).Description,
    commit: async (group: GroupSpec, Pretend = false) => (await groups.commitGroup({ Spec: group, Pretend })).Details,
    converged: (ID = 'web') =>
      waitUntil(`group '${ID}' to converge`, async () => {
        const { Description } = await groups.describeGroup({ ID })
        return Description.Converged && Description
      }),
    hashes: () => new Set([...instance.instances.values()].map((one) => one.Tags?.[tag.configHash])),
  }
}

export interface SpecOptions {
  id?: string
  /** Name of the instance plugin. */
  plugin?: string
  size?: number
  pets?: string[]
  version?: string
  updating?: object
  healing?: object
  state?: 'running' | 'stopped'
}

/** A group's specification in one line. */
export function spec(options: SpecOptions = {}): GroupSpec {
  const { id = 'web', plugin = 'memory', size, pets, version = '1', updating, healing, state } = options
  return {
    ID: id,
    Properties: {
      Allocation: { ...(pets ? { LogicalIDs: pets } : { Size: size ?? 3 }), ...(state ? { State: state } : {}) },
      Instance: { Plugin: plugin, Properties: { Note: version } },
      Flavor: { Plugin: 'memory', Properties: {} },
      ...(updating ? { Updating: updating } : {}),
      Healing: { Interval: '100ms', ...healing },
    },
  }
}

export { health }
