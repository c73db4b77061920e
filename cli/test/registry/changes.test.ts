import t from 'tap'
import { changesBetween, topicOf } from '../../src/registry/changes.js'

const entry = (Key: string, Version: number) => ({ Key, Version, Value: `v${Version}` })

t.test('what is different between two looks', async (t) => {
  const before = [entry('a', 1), entry('b', 2), entry('c', 3)]
  t.same(changesBetween(before, before), [])
  t.same(changesBetween(before, [entry('a', 1), entry('c', 5), entry('d', 6)]), [
    { What: 'deleted', Key: 'b' },
    { What: 'put', Entry: entry('c', 5) },
    { What: 'put', Entry: entry('d', 6) },
  ])
})

t.test('the topic above all keys with a prefix', async (t) => {
  t.equal(topicOf(''), 'registry/keys')
  t.equal(topicOf('sho'), 'registry/keys')
  t.equal(topicOf('shop/'), 'registry/keys/shop')
  t.equal(topicOf('shop/col'), 'registry/keys/shop')
})
