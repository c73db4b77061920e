import t from 'tap'
import { allPromises } from '../../src/conformance/catalog.js'
import { brokenChanges } from './broken-changes.js'
import { brokenFlavors } from './broken-flavors.js'
import { brokenGroups } from './broken-groups.js'
import { brokenInstances } from './broken-instances.js'
import { brokenProtocol } from './broken-protocol.js'

t.test('for every promise there is a plugin that breaks it', async (t) => {
  const all = [brokenProtocol, brokenInstances, brokenChanges, brokenFlavors, brokenGroups].flat()
  const broken = new Set(all.map(({ breaks }) => breaks))
  const unbroken = allPromises.map((one) => `${one.interface}: ${one.name}`).filter((name) => !broken.has(name))
  t.same(unbroken, [])
})
