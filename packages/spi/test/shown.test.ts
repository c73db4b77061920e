import t from 'tap'
import { named, shown } from '../src/index.js'

/** As a number comes that JavaScript would change. */
const written = { toString: () => '1e400', toJSON: () => '\u0001number:1e400' }

t.test('a wrong value is shown where it cannot be a secret, and named elsewhere', async (t) => {
  const cases: [value: unknown, shown: string, named: string][] = [
    ['two', '"two"', 'a text'],
    ['x'.repeat(80), `"${'x'.repeat(56)}...`, 'a text'],
    [1.5, '1.5', 'a number'],
    [written, '1e400', 'a number'],
    [true, 'true', 'true'],
    [null, 'null', 'null'],
    [undefined, 'nothing', 'nothing'],
    [['secret'], 'a list', 'a list'],
    [{ Token: 'secret' }, 'an object', 'an object'],
  ]
  for (const [value, first, second] of cases) {
    t.equal(shown(value), first)
    t.equal(named(value), second)
  }
})
