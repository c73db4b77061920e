import type { GroupState, Ports, StateStore } from '@infrakit/group'
import { failpoint } from '@infrakit/host'

/**
 * The same ports, with a failpoint before and after each call to another plugin and each change of what is written
 * down. A controller that dies anywhere else dies, for the rest of the world, at one of these.
 */
export function withFailpoints(ports: Ports): Ports {
  return {
    ...ports,
    store: markedStore(ports.store),
    async instance(name) {
      const found = await ports.instance(name)
      const { instance, lifecycle, resolve, logs } = found
      return {
        ...found,
        instance: marked('Instance', instance),
        lifecycle: lifecycle && marked('Lifecycle', lifecycle),
        resolve: resolve && marked('Resolve', resolve),
        logs: logs && marked('Logs', logs),
      }
    },
    async flavor(name) {
      const found = await ports.flavor(name)
      const { flavor, resolve } = found
      return { ...found, flavor: marked('Flavor', flavor), resolve: resolve && marked('Resolve', resolve) }
    },
  }
}

type Method = (...given: unknown[]) => Promise<unknown>

function marked<T extends object>(name: string, stub: T): T {
  return new Proxy(stub, {
    get(target, property) {
      const method: unknown = Reflect.get(target, property)
      if (typeof method !== 'function') return method
      const what = `${name}.${String(property)}`
      return async (...given: unknown[]) => {
        failpoint(`call/${what}`)
        const answer = await (method as Method).apply(target, given)
        failpoint(`called/${what}`)
        return answer
      }
    },
  })
}

function markedStore(store: StateStore): StateStore {
  return {
    keys: () => store.keys(),
    read: (key) => store.read(key),
    async write(key, state) {
      failpoint(`write/${newsIn(state)}`)
      await store.write(key, state)
      failpoint(`written/${newsIn(state)}`)
    },
    async remove(key) {
      failpoint('remove/state')
      await store.remove(key)
      failpoint('removed/state')
    },
  }
}

/** What a state is probably written for. */
function newsIn({ Destroying, Pending, LastGood, Active }: GroupState): string {
  if (Destroying) return 'tombstone'
  if (Pending.length > 0) return 'keys'
  return LastGood === Active ? 'converged' : 'revision'
}
