import t from 'tap'
import { nearest } from '../src/nearest.js'

t.test('finds what was most likely meant', async (t) => {
  const known = ['Allocation', 'Instance', 'Flavor', 'Updating', 'Healing', 'Size']
  t.equal(nearest('Allocaton', known), 'Allocation')
  t.equal(nearest('flavour', known), 'Flavor')
  t.equal(nearest('insatnce', known), 'Instance')
  t.equal(nearest('SIZE', known), 'Size')
  t.equal(nearest('Deadline', known), undefined, 'and nothing when nothing is near')
  t.equal(nearest('x', []), undefined)
})
