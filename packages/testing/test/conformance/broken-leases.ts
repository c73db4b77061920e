import { setTimeout as sleep } from 'node:timers/promises'
import { InfrakitError } from '@infrakit/spi'
import { isWell } from './is-well.js'
import { quickRegistryPlugin, registryPlugin, type BrokenPlugin } from './plugins.js'

/** One broken thing each in a registry's leases and services. */
export const brokenLeases: readonly BrokenPlugin[] = [
  {
    what: 'looks whether a lease is free, and then takes it',
    breaks: 'Registry: a lease has one holder, and all others are told which one',
    plugin: () =>
      quickRegistryPlugin(({ registry, leases }) => ({
        async acquire(request) {
          const held = leases.get(request.Name)
          if (held && held.until > performance.now()) return registry.acquire(request)
          await sleep(1)
          leases.delete(request.Name)
          return registry.acquire(request)
        },
      })),
  },
  {
    what: 'does not say who has a lease',
    breaks: 'Registry: a lease has one holder, and all others are told which one',
    plugin: () =>
      quickRegistryPlugin(({ registry }) => ({
        acquire: (request) =>
          registry.acquire(request).catch(() => Promise.reject(new InfrakitError('conflict', 'somebody has it'))),
      })),
  },
  {
    what: 'gives the same owner the same epoch again',
    breaks: 'Registry: the epoch of a lease grows each time it is acquired, and an older one is refused',
    plugin: () =>
      quickRegistryPlugin(({ registry, leases }) => ({
        acquire: (request) => {
          const held = leases.get(request.Name)
          const own = held?.Owner === request.Owner && held.until > performance.now()
          return own ? registry.renew(held) : registry.acquire(request)
        },
      })),
  },
  {
    what: 'lets whoever gave a lease up go on',
    breaks: 'Registry: a change on behalf of a lease is made only while it is held',
    plugin: () =>
      quickRegistryPlugin((right) => {
        const { registry, guard } = right
        const released = new Set<number>()
        right.guard = (token) => void (released.has(token?.Epoch ?? 0) || guard(token))
        return {
          async release(request) {
            await registry.release(request)
            released.add(request.Epoch)
          },
        }
      }),
  },
  {
    what: 'renews a lease that has run out',
    breaks:
      'Registry: a lease that is not renewed runs out, is told, and can be taken over; its holder, who was paused, is refused',
    plugin: () =>
      registryPlugin(({ registry, leases }) => ({
        renew: (request) => {
          const held = leases.get(request.Name)
          if (held?.Epoch === request.Epoch) held.until = performance.now() + held.TTLSeconds * 1000
          return registry.renew(request)
        },
      })),
  },
  {
    what: 'never takes a lease away',
    breaks:
      'Registry: a lease that is not renewed runs out, is told, and can be taken over; its holder, who was paused, is refused',
    plugin: () =>
      registryPlugin(({ registry, leases }) => ({
        acquire: async (request) => {
          const answer = await registry.acquire(request)
          const held = leases.get(request.Name)
          if (held) held.until = Infinity
          return answer
        },
      })),
  },
  {
    what: 'renews a lease without making it longer',
    breaks: 'Registry: a lease that is renewed in time is kept, with its epoch',
    plugin: () =>
      registryPlugin(({ registry, leases }) => ({
        renew: async (request) => {
          const before = leases.get(request.Name)
          const answer = await registry.renew(request)
          if (before) leases.set(request.Name, before)
          return answer
        },
      })),
  },
  {
    what: 'keeps a service as it was first registered',
    breaks: 'Registry: a service is listed as it was registered last, until it is deregistered',
    plugin: () =>
      quickRegistryPlugin(({ registry, services }) => ({
        async register(request) {
          const known = services.get(request.Service.ID)?.service
          if (known && known.Port !== request.Service.Port) return
          await registry.register(request)
        },
      })),
  },
  {
    what: 'takes every answer for a good one',
    breaks: 'Registry: a service with a check is passing from the first check that passes to the next that fails',
    plugin: () =>
      registryPlugin(({ registry, services }) => ({
        async services(request) {
          const { Services } = await registry.services(request)
          const looked = Services.map(async (service) => {
            const { HTTP } = services.get(service.ID)?.service.Check ?? {}
            if (!HTTP) return service
            const open = await isWell({ TCP: new URL(HTTP).host })
            return { ...service, Health: open ? ('passing' as const) : ('critical' as const) }
          })
          return { Services: await Promise.all(looked) }
        },
      })),
  },
  {
    what: 'believes a service for ever that it is well',
    breaks: 'Registry: a service that has to say that it is well is passing for as long as it does',
    plugin: () =>
      registryPlugin(({ registry, services }) => ({
        async register(request) {
          await registry.register(request)
          const entered = services.get(request.Service.ID)
          if (entered) entered.until = Infinity
        },
      })),
  },
]
