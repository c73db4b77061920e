import t from 'tap'
import { parseJson, stringifyJson, writtenBy } from '../src/index.js'

t.test('a list is written by its text, wherever it stands', async (t) => {
  const list = writtenBy([1, 2], () => '[1,2,"by its text"]')
  t.equal(stringifyJson({ a: list, b: [list, 'x'] }), '{"a":[1,2,"by its text"],"b":[[1,2,"by its text"],"x"]}')
  t.equal(stringifyJson(list), '[1,2,"by its text"]')
  t.equal(stringifyJson(writtenBy([], () => '[]')), '[]')
})

t.test('its text may itself be made of others, and big numbers stand beside it', async (t) => {
  const big = parseJson('{"n":12345678901234567890}')
  const inner = writtenBy([big], () => stringifyJson([big]))
  const outer = writtenBy([inner], () => `[${stringifyJson(inner)}]`)
  t.equal(stringifyJson({ outer, big }), '{"outer":[[{"n":12345678901234567890}]],"big":{"n":12345678901234567890}}')
})

t.test('for all others it is the list that it is', async (t) => {
  const list = writtenBy([1, 2], () => 'never asked for')
  t.same([...list], [1, 2])
  t.equal(JSON.stringify({ list }), '{"list":[1,2]}')
  t.equal(stringifyJson({ list }, 1), JSON.stringify({ list: [1, 2] }, undefined, 1), 'indented text is written anew')
})

t.test('a value that cannot be written leaves nothing behind', async (t) => {
  const circular: unknown[] = []
  circular.push(circular)
  t.throws(() => stringifyJson(circular), TypeError)
  t.equal(JSON.stringify(writtenBy([3], () => '[4]')), '[3]')
  t.equal(stringifyJson(writtenBy([3], () => '[4]')), '[4]')
})
