import fc from 'fast-check'
import t from 'tap'
import { findTrailingId, scanIds } from '../src/ids.js'

function trailing(text: string): string | undefined {
  const token = findTrailingId(text)
  return token && text.slice(token.start, token.end)
}

t.test('an id at the end is found without parsing', async (t) => {
  t.equal(trailing('{"method":"x","id":5644422949090179905}'), '5644422949090179905')
  t.equal(trailing('{"id" : 1.0 }\n'), '1.0')
  t.equal(trailing('{"a":1, "id": "a b"}'), '"a b"')
  t.equal(trailing('{"id":null}'), 'null')
})

t.test('what only looks like an id at the end is left to the parser', async (t) => {
  t.equal(trailing('{"a\\"id":5}'), undefined)
  t.equal(trailing('{"id":01}'), undefined)
  t.equal(trailing('{"id":1.2.3}'), undefined)
  t.equal(trailing('{"id":"a\\"b"}'), undefined)
  t.equal(trailing('{"id":1,"a":2}'), undefined)
  t.equal(trailing('[{"id":1}]'), undefined)
  t.equal(trailing('{}'), undefined)
})

t.test('ids are scanned at the level of the message only', async (t) => {
  t.same(scanIds('{"id":1,"params":{"id":2,"a":[{"id":3}]}}', false), ['1'])
  t.same(scanIds('{"params":{"id":2}}', false), [])
  t.same(scanIds('{"a":"\\"id\\":7,","id" : "x\\u0041\\"" ,"b":1}', false), ['"x\\u0041\\""'])
  t.same(scanIds('{"\\u0069d":7}', false), ['7'])
  t.same(scanIds('{"id":1,"id":2}', false), ['2'])
  t.same(scanIds('{"id":{"a":1},"b":2}', false), ['{'])
  t.same(scanIds('{"id":[1],"b":2}', false), ['['])
  t.same(scanIds('{"x":"id","y":3}', false), [])
  t.same(scanIds('5', false), [])
})

t.test('ids of a batch stay with their message', async (t) => {
  const ids = scanIds('[{"id":1},7,[{"id":9}],{"a":["id",1]},{"b":2,"id":"z"},["id",5]]', true)
  t.equal(ids[0], '1')
  t.equal(ids[4], '"z"')
  t.same(
    [1, 2, 3, 5].map((index) => ids[index]),
    [undefined, undefined, undefined, undefined],
  )
})

t.test('any id of any message is found wherever it stands', async () => {
  const other = fc.dictionary(
    fc.string().filter((key) => key !== 'id'),
    fc.jsonValue(),
  )
  const id = fc.oneof(
    fc.string().map((text) => JSON.stringify(text)),
    fc.bigInt().map(String),
  )
  const message = fc.tuple(other, id, other).map(([before, token, after]) => {
    const parts = [before, after].map((part) => JSON.stringify(part).slice(1, -1))
    return { token, text: `{${[parts[0], `"id":${token}`, parts[1]].filter(Boolean).join(',')}}` }
  })
  fc.assert(
    fc.property(fc.array(message, { minLength: 1 }), (messages) => {
      const [first] = messages
      const batch = `[${messages.map(({ text }) => text).join(',')}]`
      const single = trailing(first?.text ?? '') ?? scanIds(first?.text ?? '', false)[0]
      return single === first?.token && messages.every(({ token }, index) => scanIds(batch, true)[index] === token)
    }),
    { numRuns: 500 },
  )
})
