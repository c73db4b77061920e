import t from 'tap'
import { allPromises } from '../../src/conformance/catalog.js'
import { brokenChanges } from './broken-changes.js'
import { brokenFlavors } from './broken-flavors.js'
import { brokenGroups } from './broken-groups.js'
import { brokenInstances } from './broken-instances.js'
import { brokenLeases } from './broken-leases.js'
import { brokenInMany, brokenProxies } from './broken-proxies.js'
import { brokenProtocol } from './broken-protocol.js'
import { brokenRegistries } from './broken-registries.js'

t.test('for every promise there is a plugin that breaks it', async (t) => {
  const all = [
    brokenProtocol,
    brokenInstances,
    brokenChanges,
    brokenFlavors,
    brokenGroups,
    brokenRegistries,
    brokenLeases,
    brokenProxies,
    brokenInMany,
  ].flat()
  const broken = new Set(all.map(({ breaks }) => breaks))
  const unbroken = allPromises.map((one) => `${one.interface}: ${one.name}`).filter((name) => !broken.has(name))
  t.same(unbroken, [])
})
