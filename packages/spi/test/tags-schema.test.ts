import t from 'tap'
import { InfrakitError } from '../src/errors.js'
import { instanceSpec, parseInput, tags } from '../src/schemas/index.js'

function problem(value: unknown): string {
  try {
    parseInput(tags, value, { prefix: 'Tags' })
  } catch (error) {
    if (error instanceof InfrakitError && error.kind === 'input') return error.message
    throw error
  }
  return 'none'
}

t.test('tags with any name stay what they are', async (t) => {
  const text = '{"__proto__":"a","constructor":"b","toString":"c","größe":"","":"d"}'
  t.equal(JSON.stringify(parseInput(tags, JSON.parse(text))), text)
  const spec = parseInput(instanceSpec, JSON.parse(`{"Tags":${text}}`))
  t.equal(JSON.stringify(spec.Tags), text, 'also within a specification')
})

t.test('values are texts', async (t) => {
  t.equal(problem({}), 'none')
  t.equal(
    problem({ a: 'b', c: 7, d: null }),
    'Tags.c: expected a text, got a number\nTags.d: expected a text, got null',
  )
  t.equal(problem(['a']), 'Tags: expected an object, got a list')
  t.equal(problem('a'), 'Tags: expected an object, got a text')
  t.equal(problem(JSON.parse('{"__proto__":7}')), 'Tags.__proto__: expected a text, got a number')
})
