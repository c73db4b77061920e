import t from 'tap'
import { fill, mentions } from '../src/parameters.js'
import { scaled } from '../src/scale.js'
import { rejectionOf } from './rejection-of.js'

t.test('names are filled in, wherever they stand', async (t) => {
  const values = { image: 'shop:2', port: 80, debug: true }
  t.same(fill({ a: ['${image}', { b: 'x-${port}-${debug}' }], n: 1, z: null }, values, 'Group'), {
    a: ['shop:2', { b: 'x-80-true' }],
    n: 1,
    z: null,
  })
  t.equal(fill('${port}', values, 'Group'), 80, 'alone it stays a number')
  t.equal(fill('$${image} and $$ and $x', values, 'Group'), '${image} and $$ and $x')
  const odd = JSON.parse('{"__proto__": "${image}"}') as object
  t.equal(JSON.stringify(fill(odd, values, 'Group')), '{"__proto__":"shop:2"}')
  t.match(
    rejectionOf(() => fill({ a: ['${imag}'] }, values, 'Group')),
    { kind: 'input', path: 'Group.a[0]', message: "Group.a[0]: there is no parameter 'imag'; did you mean 'image'?" },
  )
  t.ok(mentions({ a: ['x-${colour}'] }, ['colour']))
  t.notOk(mentions({ a: ['$${colour}'] }, ['colour']))
})

t.test('sizes are relative with a sign, and never below 1', async (t) => {
  const cases: [string, number | undefined, number][] = [
    ['5', 3, 5],
    ['+2', 3, 5],
    ['-1', 3, 2],
    ['-9', 3, 1],
    ['0', 3, 1],
    ['+2', undefined, 3],
  ]
  for (const [text, inForce, size] of cases) t.equal(scaled(text, inForce), size, `${text} of ${inForce}`)
  t.match(
    rejectionOf(() => scaled('two', 1)),
    { kind: 'input', message: /expected a number of instances/ },
  )
})
