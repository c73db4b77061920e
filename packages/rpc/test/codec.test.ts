import fc from 'fast-check'
import t from 'tap'
import { isWrittenNumber, parseJson, stringifyJson } from '../src/client.js'

t.test('numbers survive as they were written', async (t) => {
  const kept = [
    '9223372036854775807',
    '-9223372036854775808',
    '123456789012345678901234567890',
    '[1,{"a":12345678901234567890}]',
    '0.12345678901234567890123',
    '{"a":1e400}',
    '[ 1E-400]'.replace(' ', ''),
    '{"ID":"instance-1305598076105107886","n":5}',
    '{"a":9007199254740993,"b":[1,2.5,true,null,"x"]}',
  ]
  for (const text of kept) t.equal(stringifyJson(parseJson(text)), text)
})

t.test('small numbers are plain numbers, beside big ones too', async (t) => {
  t.same(parseJson('{"Size":5,"F":1.0}'), { Size: 5, F: 1 })
  const mixed = parseJson('{"Size":5,"F":1.0,"Big":12345678901234567890}') as Record<string, unknown>
  t.equal(mixed.Size, 5)
  t.equal(mixed.F, 1)
  t.ok(isWrittenNumber(mixed.Big))
  t.equal(String(mixed.Big), '12345678901234567890')
  t.notOk(isWrittenNumber(mixed.Size))
})

t.test('indentation is kept with big numbers', async (t) => {
  t.equal(stringifyJson(parseJson('{"a":[12345678901234567890]}'), 2), '{\n  "a": [\n    12345678901234567890\n  ]\n}')
})

t.test('__proto__ is a key like any other', async (t) => {
  for (const big of ['', ',"n":12345678901234567890']) {
    const text = `{"__proto__":{"polluted":true},"a":{"__proto__":1,"constructor":2}${big}}`
    const value = parseJson(text) as object
    t.equal(stringifyJson(value), text)
    t.equal(Object.getPrototypeOf(value), Object.prototype)
    t.equal(({} as { polluted?: boolean }).polluted, undefined)
  }
})

t.test('of a repeated key the last value counts, whichever parser reads it', async (t) => {
  t.same(parseJson('{"a":1,"a":2}'), { a: 2 })
  t.equal(stringifyJson(parseJson('{"a":12345678901234567890,"a":2}')), '{"a":2}')
})

t.test('a text that looks like the stand-in of a big number stays a text', async (t) => {
  for (const text of ['"\\u0001number:12"', '["\\u0001number:12",12345678901234567890]']) {
    t.equal(stringifyJson(parseJson(text)), text)
  }
})

t.test('what has no JSON becomes null', async (t) => {
  t.equal(stringifyJson(undefined), 'null')
})

t.test('bad texts are SyntaxErrors', async (t) => {
  const bad = [
    '',
    'not json',
    '{',
    '{"a":1',
    '[1,]',
    '{"a":12345678901234567890',
    '01',
    '\ufeff{}',
    '[12345678901234567890,]',
  ]
  for (const text of bad) t.throws(() => parseJson(text), SyntaxError, text)
})

t.test('what is wrong with a text is said without quoting it', async (t) => {
  const texts = [
    '{"Password":hunter2}',
    '{"Password":"hunter2" x}',
    'hunter2',
    '["hunter2",]',
    '{"a":"hunter2',
    '"hunter2" y',
  ]
  for (const text of [...texts, ...texts.map((one) => `[12345678901234567890,${one}`)]) {
    try {
      parseJson(text)
      t.fail(text)
    } catch (error) {
      t.type(error, SyntaxError)
      t.match((error as Error).message, /^\S+ \S+/, text)
      t.notMatch((error as Error).stack, /hunter2/)
    }
  }
})

t.test('deep nesting is a SyntaxError and never overflows the stack', async (t) => {
  for (const depth of [1001, 100_000, 3_000_000]) {
    t.throws(() => parseJson('['.repeat(depth) + ']'.repeat(depth)), { name: 'SyntaxError', message: /nested/ })
    t.throws(() => parseJson('{"a":'.repeat(depth)), { name: 'SyntaxError', message: /nested/ })
    t.throws(() => parseJson(`[12345678901234567890,${'['.repeat(depth)}`), { name: 'SyntaxError', message: /nested/ })
  }
  t.test('and 1000 levels are fine in both parsers', async (t) => {
    const deep = (inner: string) => '['.repeat(1000) + inner + ']'.repeat(1000)
    for (const text of [deep('1'), deep('12345678901234567890')]) t.equal(stringifyJson(parseJson(text)), text)
  })
  t.test('and brackets in strings do not count', async (t) => {
    const text = JSON.stringify({ a: '[{"\\'.repeat(5000) })
    t.equal(stringifyJson(parseJson(text)), text)
  })
})

t.test('any JSON value survives as with JSON.parse', async () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const written = stringifyJson(parseJson(text))
      const expected = JSON.stringify(JSON.parse(text))
      // Only numbers may differ, and those only in that ours are as they were written.
      return JSON.stringify(JSON.parse(written)) === JSON.stringify(JSON.parse(expected))
    }),
    { numRuns: 2000 },
  )
})
