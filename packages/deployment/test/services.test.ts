import t from 'tap'
import type { Registry } from '@infrakit/spi'
import { keys } from '../src/names.js'
import { Services } from '../src/services.js'
import { readTraffic } from '../src/traffic/read-traffic.js'
import type { Ports } from '../src/ports.js'
import { fakePorts } from './fake-ports.js'

/** A registry with the journal of one service, of which it is written down what else is asked. */
function shared(site: string) {
  const asked: string[] = []
  const journal = { Number: 1, Site: site, Direction: 'ended', Report: { ID: 'shop-1' } }
  const Entries = [{ Key: 'deployments/shop/journal', Value: JSON.stringify(journal), Version: 1 }]
  const registry = {
    list: async () => ({ Entries }),
    get: async ({ Key }: { Key: string }) => {
      asked.push(Key)
      return {}
    },
    services: async () => ({ Services: [] }),
  } as unknown as Registry
  const ports: Ports = {
    ...fakePorts(() => undefined),
    registry: async () => ({ name: 'registry', registry }),
    clock: {
      now: () => performance.now(),
      date: () => new Date(0),
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          const timer = setTimeout(resolve, ms)
          signal?.addEventListener('abort', () => {
            clearTimeout(timer)
            resolve()
          })
        }),
    },
    plugin: 'deployment',
    site: 'here:/plugins',
    publish: () => undefined,
  }
  return { asked, ports }
}

t.test('what other machines have in the same registry is left alone', async (t) => {
  for (const [site, traffic] of [
    ['here:/plugins', ['deployments/shop/traffic']],
    ['elsewhere:/plugins', []],
  ] as const) {
    const { asked, ports } = shared(site)
    const services = new Services(ports)
    services.start()
    await new Promise((resolve) => setTimeout(resolve, 100))
    await services.stop()
    t.same(asked, traffic, site)
  }
})

t.test('a service that was removed here and is deployed elsewhere gets its requests there', async (t) => {
  for (const [Site, traffic] of [
    ['here:/plugins', { Service: 'shop' }],
    ['elsewhere:/plugins', undefined],
  ] as const) {
    const values = new Map<string, unknown>([
      [keys.traffic('shop'), { Service: 'shop' }],
      [keys.journal('shop'), { Site }],
    ])
    const registry = {
      get: async ({ Key }: { Key: string }) => ({ Entry: { Value: JSON.stringify(values.get(Key)) } }),
    }
    const ports = {
      ...fakePorts(() => undefined),
      site: 'here:/plugins',
      registry: async () => ({ name: 'registry', registry: registry as unknown as Registry }),
    }
    t.same(await readTraffic(ports, 'shop'), traffic, Site)
  }
})
