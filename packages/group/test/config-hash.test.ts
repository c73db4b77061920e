import { readFileSync } from 'node:fs'
import t from 'tap'
import { configHash, configHashForms, type HashedConfig } from '../src/config-hash.js'
import { marshalIndent } from '../src/go-json.js'

interface Vector {
  config_sha: string
  'config_sha_v0.1': string
  spec: HashedConfig
}

const recorded = new URL('../../../../test/wire/recorded/config-hash.json', import.meta.url)
const vectors = JSON.parse(readFileSync(recorded, 'utf8')) as Vector[]

t.test('hashes what the original hashed as it did', async (t) => {
  t.ok(vectors.length >= 4)
  for (const vector of vectors) {
    t.equal(configHash(vector.spec), vector.config_sha)
    t.same(configHashForms(vector.spec), [vector.config_sha, vector['config_sha_v0.1']])
  }
})

t.test('allocation and updating are not hashed', async (t) => {
  const spec = vectors[0]?.spec as HashedConfig
  t.equal(configHash({ ...spec, Allocation: { Size: 9 } } as HashedConfig), vectors[0]?.config_sha)
})

t.test('absent and null properties are the same', async (t) => {
  const absent = { Instance: { Plugin: 'a' }, Flavor: { Plugin: 'f' } }
  const none = { Instance: { Plugin: 'a', Properties: null }, Flavor: { Plugin: 'f', Properties: null } }
  t.equal(configHash(absent), configHash(none))
})

const cases: [name: string, json: string, written: string][] = [
  ['an empty object', '{}', '{}'],
  ['an empty list', '[]', '[]'],
  ['nested values', '{"b":1,"a":[1,{}]}', '{\n    "a": [\n      1,\n      {}\n    ],\n    "b": 1\n  }'],
  ['HTML characters', '"<a href=\\"x\\">&</a>"', '"\\u003ca href=\\"x\\"\\u003e\\u0026\\u003c/a\\u003e"'],
  ['line separators', '"\\u2028\\u2029"', '"\\u2028\\u2029"'],
  ['control characters', '"\\u0000\\b\\f\\n\\r\\t\\u001f\\u007f"', '"\\u0000\\u0008\\u000c\\n\\r\\t\\u001f\u007f"'],
  ['a lone surrogate', '"a\\ud800b"', '"a\uFFFDb"'],
  ['a pair of surrogates', '"\\ud83d\\ude00"', '"\u{1F600}"'],
  ['large and small numbers', '[1e21,1e20,1e-7,0.000001,1.0,-0,123456789012345680000]', ''],
]

t.test('writes as Go does', async (t) => {
  for (const [name, json, written] of cases) {
    if (written !== '') t.equal(marshalIndent(JSON.parse(json), '  ', '  '), written, name)
  }
  t.equal(
    marshalIndent(JSON.parse('[1e21,1e20,1e-7,0.000001,1.0,-0]'), '', ''),
    '[\n1e+21,\n100000000000000000000,\n1e-7,\n0.000001,\n1,\n-0\n]',
    'numbers',
  )
})

t.test('keys stand in the order of their UTF-8 bytes, not of UTF-16', async (t) => {
  const written = marshalIndent(JSON.parse('{"\\uffff":1,"\\ud83d\\ude00":2,"a":3,"B":4}'), '', '')
  t.equal(written, '{\n"B": 4,\n"a": 3,\n"\uffff": 1,\n"\u{1F600}": 2\n}')
})

t.test('__proto__ is a key like any other', async (t) => {
  t.equal(marshalIndent(JSON.parse('{"__proto__":{"x":1}}'), '', ''), '{\n"__proto__": {\n"x": 1\n}\n}')
})

t.test('a number beyond float64 is refused, as Go refuses it', async (t) => {
  t.throws(() => marshalIndent(JSON.parse('[1e400]'), '', ''), { message: /out of range/ })
})

t.test('numbers too long for JavaScript are written as the float64 that Go makes of them', async (t) => {
  class Long {
    constructor(private readonly digits: string) {}
    toString() {
      return this.digits
    }
  }
  t.equal(marshalIndent({ n: new Long('12345678901234567891') }, '', ''), '{\n"n": 12345678901234567000\n}')
})
