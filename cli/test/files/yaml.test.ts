import { inspect } from 'node:util'
import { parseJson, stringifyJson } from '@infrakit/rpc/client'
import t from 'tap'
import { formatYaml, parseYamlText } from '../../src/files/yaml.js'

t.test('a value is the same after YAML and back', async (t) => {
  const text =
    '{"a":12345678901234567890,"b":"12345678901234567890","c":[true,null,"yes","1.0"],"d":0.1234567890123456789}'
  const yaml = formatYaml(parseJson(text))
  t.match(yaml, 'a: 12345678901234567890\n')
  t.match(yaml, 'b: "12345678901234567890"\n', 'a text of digits stays a text')
  t.equal(stringifyJson(parseYamlText('x', yaml)[0]), text)
})

t.test('merge keys are merged', async (t) => {
  t.same(parseYamlText('x', 'base: &b {x: 1}\nuser:\n  <<: *b\n  y: 2\n'), [{ base: { x: 1 }, user: { x: 1, y: 2 } }])
})

t.test('aliases that multiply without end are refused', async (t) => {
  const levels = ['a: &a [x,x,x,x,x,x,x,x,x]']
  for (const [from, to] of [...'abcdefg'].map((one, i) => [one, 'bcdefgh'[i]])) {
    levels.push(`${to}: &${to} [${Array.from({ length: 9 }, () => `*${from}`).join(',')}]`)
  }
  t.throws(() => parseYamlText('x.yml', levels.join('\n')), {
    kind: 'input',
    message: /^x\.yml: Excessive alias count/,
  })
})

t.test('what is wrong with a text is said without quoting it', async (t) => {
  const texts = [
    'a: [hunter2',
    'a: hunter2: hunter2',
    'a: *hunter2',
    '- a\nhunter2: x\n- b',
    'a: !hunter2 [}',
    'a: |hunter2\n b',
    '{a: hunter2}}',
  ]
  for (const text of texts) {
    try {
      parseYamlText('a.yml', text)
      t.fail(text)
    } catch (error) {
      t.match(error, { kind: 'input', message: /^a\.yml: .*\w{4}/ }, text)
      t.notMatch(inspect(error, { depth: 9 }), /hunter2/)
    }
  }
})
