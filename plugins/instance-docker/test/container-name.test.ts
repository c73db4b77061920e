import fc from 'fast-check'
import t from 'tap'
import { containerName } from '../src/container-name.js'

for (const [what, group, logicalID, expected] of [
  ['cattle are called after their group', 'web', undefined, 'web-4f2a'],
  ['a pet is called by its logical ID', 'db', 'db-1', 'db-1'],
  ['an address is a name', 'db', '10.0.0.1', '10.0.0.1'],
  ['what a name cannot hold is replaced', 'shop/web #1', undefined, 'shop-web-1-4f2a'],
  ['a logical ID of which nothing is left gives way', 'db', '/', 'db-4f2a'],
  ['a group of which nothing is left as well', '/', undefined, 'infrakit-4f2a'],
] as const) {
  t.test(what, async (t) => {
    t.equal(containerName({ 'infrakit.group': group }, logicalID, '4f2a'), expected)
  })
}

t.test('every name is one that the engine takes', async (t) => {
  fc.assert(
    fc.property(fc.string(), fc.option(fc.string(), { nil: undefined }), (group, logicalID) => {
      t.match(containerName({ 'infrakit.group': group }, logicalID, '4f2a'), /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/)
    }),
  )
})
