import { kindOf, type InfrakitError } from '@infrakit/spi'
import t from 'tap'
import { readProperties } from '../src/properties.js'
import { part } from './fakes.js'

function refusal(value: unknown, self = 'flavor-combo'): InfrakitError {
  try {
    readProperties(value, self)
  } catch (error) {
    return error as InfrakitError
  }
  throw new Error('was accepted')
}

const two = [part('a', { x: 1 }), part('b/c')]

t.test('an object with Flavors', (t) => {
  t.match(readProperties({ Flavors: two, $schema: 'x' }, 'flavor-combo'), [
    { name: 'a', given: { x: 1 }, properties: { x: 1 }, path: 'Properties.Flavors[0]' },
    { name: 'b/c', properties: undefined, path: 'Properties.Flavors[1]' },
  ])
  t.end()
})

t.test('a bare list', (t) => {
  t.match(readProperties(two, 'flavor-combo'), [
    { name: 'a', properties: { x: 1 }, path: 'Properties[0]' },
    { name: 'b/c', path: 'Properties[1]' },
  ])
  t.end()
})

t.test('each part is handed what was resolved for it', (t) => {
  const Resolved = [{ r: 1 }, null]
  for (const [form, value] of Object.entries({ object: { Flavors: two, Resolved }, list: { ...two, Resolved } })) {
    const [first, second] = readProperties(value, 'flavor-combo')
    t.strictSame(first?.properties, { x: 1, Resolved: { r: 1 } }, form)
    t.strictSame(first?.given, { x: 1 }, `${form}: what was written stays`)
    t.equal(second?.properties, undefined, form)
  }
  t.end()
})

t.test('properties of a part are handed on unopened, whatever keys they have', (t) => {
  const Properties = JSON.parse('{"__proto__": {"a": 1}, "n": [1]}') as object
  t.equal(readProperties([part('a', Properties)], 'flavor-combo')[0]?.properties, Properties)
  const [resolved] = readProperties({ Flavors: [part('a', Properties)], Resolved: [1] }, 'flavor-combo')
  t.equal(JSON.stringify(resolved?.properties), '{"__proto__":{"a":1},"n":[1],"Resolved":1}')
  t.end()
})

t.test('refuses', (t) => {
  const cases: [string, unknown, RegExp | string, string][] = [
    ['nothing', null, 'Properties: expected an object, got null', 'Properties'],
    ['nothing at all', undefined, 'Properties: is missing; expected an object', 'Properties'],
    ['a text', 'a', 'Properties: expected an object, got a text', 'Properties'],
    ['no flavors', { Flavors: [] }, 'Properties.Flavors: name at least one flavor', 'Properties.Flavors'],
    ['an empty list', [], 'Properties: name at least one flavor', 'Properties'],
    [
      'an unknown key',
      { Flavours: two, Flavors: two },
      "Properties.Flavours: unknown key, did you mean 'Flavors'?",
      'Properties.Flavours',
    ],
    [
      'a flavor without a name',
      [part('a'), {}],
      'Properties[1].Plugin: is missing; expected a text',
      'Properties[1].Plugin',
    ],
    [
      'an unknown key of a flavor',
      { Flavors: [{ Plugin: 'a', Property: 1 }] },
      /^Properties\.Flavors\[0\]\.Property: unknown key/,
      'Properties.Flavors[0].Property',
    ],
    [
      'a name that is none',
      { Flavors: [part('../x')] },
      /'\.\.\/x' is not a plugin name/,
      'Properties.Flavors[0].Plugin',
    ],
    [
      'itself',
      { Flavors: [part('a'), part('flavor-combo')] },
      'Properties.Flavors[1].Plugin: flavor-combo cannot be a part of itself',
      'Properties.Flavors[1].Plugin',
    ],
    [
      'an object of itself',
      [part('flavor-combo/x')],
      /flavor-combo\/x cannot be a part of itself/,
      'Properties[0].Plugin',
    ],
    [
      'too little resolved',
      { Flavors: two, Resolved: [null] },
      /^Properties\.Resolved: expected one entry for each of 2 flavors, got 1/,
      'Properties.Resolved',
    ],
  ]
  for (const [name, value, message, path] of cases) {
    const error = refusal(value)
    t.equal(kindOf(error), 'input', name)
    t.match(error.message, message, name)
    t.equal(error.path, path, name)
  }
  t.end()
})

t.test('a combo under another name is another combo', (t) => {
  t.equal(readProperties([part('flavor-combo')], 'combo-2').length, 1)
  t.match(refusal([part('combo-2')], 'combo-2').message, 'combo-2 cannot be a part of itself')
  t.end()
})
