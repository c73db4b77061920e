import { parseJson } from '@infrakit/rpc'
import t from 'tap'
import { formatFile, newFile, parseFile } from '../src/file-format.js'

t.test('a new file has the original fields in the original order, two spaces deep', (t) => {
  const file = newFile('instance-5', { Properties: { Note: 'x' }, Tags: { tier: 'web' }, Init: 'true' })
  t.equal(
    formatFile(file),
    `{
  "ID": "instance-5",
  "LogicalID": null,
  "Tags": {
    "tier": "web"
  },
  "Spec": {
    "Properties": {
      "Note": "x"
    },
    "Tags": {
      "tier": "web"
    },
    "Init": "true",
    "LogicalID": null,
    "Attachments": null
  }
}
`,
  )
  t.end()
})

t.test('absent and null fields of a specification are written as the original writes them', (t) => {
  const expected = { Properties: null, Tags: null, Init: '', LogicalID: null, Attachments: null }
  t.strictSame(newFile('instance-1', {}).Spec, expected)
  t.strictSame(newFile('instance-1', { Init: null, Tags: null }).Spec, expected)
  t.end()
})

t.test('big numbers and __proto__ in properties survive byte for byte', (t) => {
  const Properties = parseJson('{"id":9007199254740993,"__proto__":{"a":1},"x":1.000000000000000000001}')
  const text = formatFile(newFile('instance-1', { Properties }))
  t.match(text, /"id": 9007199254740993,\n/)
  t.match(text, /"__proto__": \{/)
  t.match(text, /"x": 1.000000000000000000001\n/)
  t.equal(formatFile(parseFile(text)), text, 'and once more')
  t.end()
})

t.test('a text that is no such file is refused with the reason', (t) => {
  const refused: Record<string, RegExp> = {
    '': /JSON/,
    '{"ID": "instance-1", "Ta': /JSON/,
    '[]': /expected an object/,
    null: /expected an object/,
    '"text"': /expected an object/,
    '{"Tags": {"a": 1}}': /Tags\.a: expected a text, got a number/,
    '{"Tags": []}': /Tags: expected an object/,
    '{"LogicalID": 7}': /LogicalID: expected a text/,
  }
  for (const [text, reason] of Object.entries(refused)) t.throws(() => parseFile(text), { message: reason }, text)
  t.end()
})
