import t from 'tap'
import type { Registry } from '@infrakit/spi'
import { keys } from '../src/names.js'
import { Services } from '../src/services.js'
import { Keeper } from '../src/traffic/keeper.js'
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

t.test('a service that was removed here and is deployed elsewhere is left to that site', async (t) => {
  for (const [Site, isKept] of [
    ['here:/plugins', true],
    ['elsewhere:/plugins', false],
  ] as const) {
    const asked: string[] = []
    const traffic = { Service: 'shop', GroupPlugin: 'group', Proxies: [], Routes: [], Catalogue: true, Shares: [] }
    const values = new Map<string, unknown>([
      [keys.traffic('shop'), traffic],
      [keys.journal('shop'), { Site }],
    ])
    const entry = { Name: 'shop', ID: 'shop-2.web-1', Address: '127.0.0.1', Port: 80 }
    const registry = {
      get: async ({ Key }: { Key: string }) => ({ Entry: { Value: JSON.stringify(values.get(Key)) } }),
      services: async ({ Name }: { Name: string }) => ({ Services: Name === 'shop' ? [entry] : [] }),
      acquire: async () => {
        asked.push('acquire')
        throw new Error('not now')
      },
    } as unknown as Registry
    const ports = { ...shared(Site).ports, registry: async () => ({ name: 'registry', registry }) }
    const keeper = new Keeper('shop', { ...ports, group: async () => Promise.reject(new Error('away')) }, 'me')
    await keeper.sync()
    t.same(keeper.traffic, isKept ? traffic : undefined, Site)
    t.same(asked, isKept ? ['acquire'] : [], 'no right to change anything is asked for')
  }
})
