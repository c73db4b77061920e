import t from 'tap'
import { countOption, durationOption, pairsOption } from '../src/option-values.js'

t.test('durations', async (t) => {
  t.equal(durationOption('--timeout', undefined), undefined)
  t.equal(durationOption('--timeout', '1m30s'), 90_000)
  t.throws(() => durationOption('--timeout', '5'), { kind: 'input', message: /--timeout: expected a duration/ })
})

t.test('counts', async (t) => {
  t.equal(countOption('-n', '0'), 0)
  for (const text of ['-1', '1.5', 'x', ''])
    t.throws(() => countOption('-n', text), { kind: 'input', message: /expected/ })
})

t.test('pairs', async (t) => {
  t.same(pairsOption('tag', ['a=1', 'b=x=y', 'c=']), { a: '1', b: 'x=y', c: '' })
  t.same(pairsOption('tag', ['a=1,b=2']), { a: '1', b: '2' }, 'several in one')
  t.same(pairsOption('tag', ['a=1,2']), { a: '1,2' }, 'a comma in a value')
  for (const text of ['a', '=1', '']) t.throws(() => pairsOption('tag', [text]), { kind: 'input', message: /expected/ })
})
