import t from 'tap'
import { isInstanceId, isPlainName, randomInstanceId } from '../src/instance-id.js'

const max63 = 2n ** 63n - 1n

t.test('instance-<digits> is an instance, nothing else is', (t) => {
  for (const name of ['instance-0', 'instance-9223372036854775807', 'instance-007']) t.ok(isInstanceId(name), name)
  const others = [
    'instance-',
    'instance-1a',
    'instance-1.json',
    'Instance-1',
    '../instance-1',
    'instance-1/..',
    '.tmp-1',
  ]
  for (const name of [...others, 'instance-1\n', ' instance-1', `instance-${'1'.repeat(300)}`]) {
    t.notOk(isInstanceId(name), JSON.stringify(name))
  }
  t.end()
})

t.test('a name that leads out of the folder is not plain', (t) => {
  for (const name of ['nosuch', 'instance-1', 'a b', 'ünïcode', '-rf']) t.ok(isPlainName(name), name)
  for (const name of ['', '.', '..', '../x', 'a/b', '/etc/passwd', 'a\\b', 'a\0b', '.history']) {
    t.notOk(isPlainName(name), JSON.stringify(name))
  }
  t.end()
})

t.test('a new ID is a random 63-bit integer', (t) => {
  const ids = Array.from({ length: 200 }, randomInstanceId)
  t.equal(new Set(ids).size, 200, 'never twice')
  const numbers = ids.map((id) => BigInt(id.slice('instance-'.length)))
  t.ok(ids.every(isInstanceId))
  t.ok(numbers.every((number) => number >= 0n && number <= max63))
  t.ok(
    numbers.some((number) => number > 2n ** 62n),
    'all 63 bits are used',
  )
  t.end()
})
