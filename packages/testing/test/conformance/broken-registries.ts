import { setTimeout as sleep } from 'node:timers/promises'
import { InfrakitError, type RegistryEntry } from '@infrakit/spi'
import { quickRegistryPlugin, type BrokenPlugin } from './plugins.js'

/** One broken thing each in how a registry keeps keys, and tells of them. */
export const brokenRegistries: readonly BrokenPlugin[] = [
  {
    what: 'trims values',
    breaks: 'Registry: what was put is there at once as it was given, until it is deleted',
    plugin: () =>
      quickRegistryPlugin(({ registry }) => ({
        put: (request) => registry.put({ ...request, Value: request.Value.trim() }),
      })),
  },
  {
    what: 'takes a put of the same value for none',
    breaks: 'Registry: a version grows with each change, also when the key is deleted and made again',
    plugin: () =>
      quickRegistryPlugin(({ registry, entries }) => ({
        async put(request) {
          const entry = entries.get(request.Key)
          return entry?.Value === request.Value && !request.IfVersion
            ? { Version: entry.Version }
            : registry.put(request)
        },
      })),
  },
  {
    what: 'deletes whatever the version is',
    breaks: 'Registry: a change for another version is refused as conflict, and changes nothing',
    plugin: () =>
      quickRegistryPlugin(({ registry }) => ({
        delete: ({ IfVersion: _, ...request }) => registry.delete(request),
      })),
  },
  {
    what: 'sorts as JavaScript does',
    breaks: 'Registry: a listing has what begins with the prefix, in the order of the bytes',
    plugin: () => quickRegistryPlugin((right) => void (right.compare = (one, other) => (one < other ? -1 : 1))),
  },
  {
    what: 'takes transactions of any size',
    breaks: 'Registry: what is wrong or too large is refused as input, and nothing of it is done',
    plugin: () => quickRegistryPlugin(() => undefined, ['txn']),
  },
  {
    what: 'looks at the version, and then writes',
    breaks: 'Registry: of changes for the same version at the same time one is made, and nobody sees the past',
    plugin: () =>
      quickRegistryPlugin(({ registry, entries }) => ({
        async put({ IfVersion, ...request }) {
          const version = entries.get(request.Key)?.Version ?? 0
          await sleep(1)
          if (typeof IfVersion === 'number' && IfVersion !== version) throw new InfrakitError('conflict', 'changed')
          return registry.put(request)
        },
      })),
  },
  {
    what: 'shows what was there a moment ago',
    breaks: 'Registry: of changes for the same version at the same time one is made, and nobody sees the past',
    plugin: () =>
      quickRegistryPlugin(({ registry, entries }) => {
        let before: RegistryEntry | undefined
        let calls = 0
        return {
          async put(request) {
            const entry = entries.get(request.Key)
            const answer = await registry.put(request)
            if (request.Key.includes('/count-')) before = entry
            return answer
          },
          get: async (request) =>
            ++calls % 3 === 0 && before?.Key === request.Key ? { Entry: before } : registry.get(request),
        }
      }),
  },
  {
    what: 'writes together what was put together, all of it with the last value',
    breaks: 'Registry: puts of different keys at the same time do not mix',
    plugin: () => {
      let pending = ''
      return quickRegistryPlugin(({ registry }) => ({
        async put(request) {
          if (typeof request.IfVersion === 'number') return registry.put(request)
          pending = request.Value
          await sleep(1)
          return registry.put({ ...request, Value: pending })
        },
      }))
    },
  },
  {
    what: 'does the operations of a transaction one by one',
    breaks: 'Registry: a transaction is done wholly or not at all',
    plugin: () =>
      quickRegistryPlugin(({ registry, guard }) => ({
        async txn({ Lease, Operations }) {
          guard(Lease)
          const done = await Promise.all(Operations.map((operation) => registry.txn({ Operations: [operation] })))
          return { Versions: done.flatMap(({ Versions }) => Versions) }
        },
      })),
  },
  {
    what: 'lists page by page',
    breaks: 'Registry: a listing is as of one moment',
    plugin: () =>
      quickRegistryPlugin(({ registry, entries }) => ({
        async list(request) {
          const { Entries } = await registry.list(request)
          const half = Math.floor(Entries.length / 2)
          await sleep(2)
          return {
            Entries: [...Entries.slice(0, half), ...Entries.slice(half).map((one) => entries.get(one.Key) ?? one)],
          }
        },
      })),
  },
  {
    what: 'tells of a change before it is made',
    breaks: 'Registry: a watcher that looks after each connect and each event misses nothing',
    plugin: () =>
      quickRegistryPlugin((right) => {
        const { tell, registry } = right
        let silent = false
        right.tell = (topic) => void (silent || tell(topic))
        return {
          async put(request) {
            tell(`registry/keys/${request.Key}`)
            await sleep(5)
            silent = true
            return registry.put(request).finally(() => (silent = false))
          },
        }
      }),
  },
  {
    what: 'does not tell of services that leave',
    breaks: 'Registry: changes of keys, leases and services are told, each on its topic',
    plugin: () => quickRegistryPlugin(({ services }) => ({ deregister: async ({ ID }) => void services.delete(ID) })),
  },
]
