import t from 'tap'
import { changesBetween, keyHint, looksAgain, seenKeys, seenServices } from '../src/changes.js'
import { placesIn } from '../src/keys.js'

function entry(Key: string, ModifyIndex: number, value = 'x') {
  return { Key, ModifyIndex, Value: Buffer.from(value), Session: undefined }
}

t.test('what is other than before', async (t) => {
  const before = [entry('a', 1), entry('b', 2)]
  const cases: [what: string, after: typeof before, expected: string[]][] = [
    ['nothing', before, []],
    ['a change', [entry('a', 3), entry('b', 2)], ['a changed']],
    ['a new one', [...before, entry('c', 4)], ['c changed']],
    ['one that is gone', [entry('b', 2)], ['a gone']],
    ['one that was made again', [entry('a', 5), entry('b', 2)], ['a changed']],
    ['another value at the same index, in a Consul that lost all', [entry('a', 1, 'y'), entry('b', 2)], ['a changed']],
  ]
  for (const [what, after, expected] of cases) {
    const found = changesBetween(seenKeys(before), seenKeys(after)).map(({ name, what }) => `${name} ${what}`)
    t.same(found, expected, what)
  }
})

t.test('on which topic it is told', async (t) => {
  const topicOf = (name: string) => keyHint(placesIn('our/infrakit'), { name, what: 'changed' })?.Topic
  t.equal(topicOf('our/infrakit/keys/shop/colour'), 'registry/keys/shop/colour')
  t.equal(topicOf('our/infrakit/leases/shop/deploy'), 'registry/leases/shop/deploy')
  t.equal(topicOf('our/infrakit/keys/shop/'), undefined, 'a folder')
  t.equal(topicOf('our/infrakit/else'), undefined, 'what only stands beside them')
})

t.test('whoever listened too early is told to look again, wherever he listens', async (t) => {
  const topics = ['registry/keys', 'registry/leases']
  const cases: [listenedTo: string[], told: string[]][] = [
    [[], []],
    [['registry/services', 'registry/keysmith', 'group'], []],
    [['registry/keys/shop'], ['registry/keys/shop']],
    [['registry/leases'], ['registry/leases']],
    [
      ['registry/keys', 'registry/keys/shop'],
      ['registry/keys', 'registry/keys/shop'],
    ],
    [[''], topics],
    [['registry', 'registry/keys'], topics],
  ]
  for (const [listenedTo, told] of cases) {
    t.same(
      looksAgain(topics, listenedTo).map(({ Topic }) => Topic),
      told,
      listenedTo.join(' and '),
    )
  }
})

t.test('services are told by name, whichever place of them changed', async (t) => {
  const place = (ID: string, Health: 'passing' | 'critical') => ({ Name: 'shop', ID, Address: 'h', Port: 1, Health })
  const before = seenServices([place('a', 'passing'), place('b', 'passing')])
  const after = seenServices([place('a', 'passing'), place('b', 'critical')])
  t.same(changesBetween(before, after), [{ name: 'shop', what: 'changed' }])
})
