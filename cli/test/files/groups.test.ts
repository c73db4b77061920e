import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringifyJson } from '@infrakit/rpc/client'
import { temporaryFolder, type Teardown } from '@infrakit/testing'
import t from 'tap'
import { readGroups } from '../../src/files/groups.js'

async function groupsOf(test: Teardown, name: string, text: string) {
  const file = join(await temporaryFolder(test), name)
  await writeFile(file, text)
  return { file, groups: await readGroups(file) }
}

t.test('forms of a file that hold groups', async (t) => {
  const cases: [what: string, name: string, text: string, ids: string[]][] = [
    ['one group', 'a.json', '{"ID":"a","Properties":{}}', ['a']],
    ['one group with $schema', 'a.json', '{"$schema":"x","ID":"a","Properties":{}}', ['a']],
    ['an array of groups', 'a.json', '[{"ID":"a"},{"ID":"b"}]', ['a', 'b']],
    ['one group in YAML', 'a.yml', 'ID: a\nProperties:\n  Allocation:\n    Size: 2\n', ['a']],
    ['several YAML documents', 'a.yaml', 'ID: a\n---\nID: b\n', ['a', 'b']],
    ['YAML documents with empty ones', 'a.yaml', '---\n---\nID: a\n---\n', ['a']],
    ['a list of kinds', 'a.yml', '- kind: group\n  metadata:\n    name: a\n  properties:\n    Allocation: {}\n', ['a']],
    ['one kind', 'a.json', '{"kind":"group","metadata":{"name":"a"},"properties":{}}', ['a']],
    ['JSON in a file without an ending', 'a', '{"ID":"a"}', ['a']],
    ['YAML in a file without an ending', 'a', 'ID: a', ['a']],
    ['a flow mapping of YAML in a file without an ending', 'a', '{ID: a}', ['a']],
  ]
  for (const [what, name, text, ids] of cases) {
    await t.test(what, async (t) => {
      const { groups } = await groupsOf(t, name, text)
      t.same(
        groups.map(({ spec }) => spec.ID),
        ids,
      )
    })
  }
})

t.test('properties of a kind are those of the group', async (t) => {
  const { groups } = await groupsOf(
    t,
    'a.yml',
    '- kind: group\n  metadata: {name: a}\n  properties: {Allocation: {Size: 3}}',
  )
  t.same(groups[0]?.spec, { ID: 'a', Properties: { Allocation: { Size: 3 } } })
})

t.test('what JavaScript cannot hold survives', async (t) => {
  const numbers = '{"Big":12345678901234567890,"Long":0.1234567890123456789,"Small":1.50}'
  const json = await groupsOf(t, 'a.json', `{"ID":"a","Properties":${numbers}}`)
  t.equal(
    stringifyJson(json.groups[0]?.spec.Properties),
    '{"Big":12345678901234567890,"Long":0.1234567890123456789,"Small":1.5}',
    'numbers in JSON',
  )
  const yaml = await groupsOf(
    t,
    'a.yml',
    'ID: a\nProperties:\n  Big: 12345678901234567890\n  Long: -0.1234567890123456789\n',
  )
  t.equal(
    stringifyJson(yaml.groups[0]?.spec.Properties),
    '{"Big":12345678901234567890,"Long":-0.1234567890123456789}',
    'numbers in YAML',
  )
  const proto = await groupsOf(t, 'a.yml', 'ID: a\nProperties:\n  __proto__: {x: 1}\n')
  t.equal(stringifyJson(proto.groups[0]?.spec.Properties), '{"__proto__":{"x":1}}', '__proto__ is a key like any other')
})

t.test('what is wrong in a file', async (t) => {
  const cases: [what: string, name: string, text: string, problem: string][] = [
    [
      'a missing comma in JSON',
      'a.json',
      '{\n "a": 1\n "b": 2}',
      "line 3, column 2: Comma ',' expected after value but got '\"'",
    ],
    ['a word that is no JSON', 'a.json', '{"a": x}', "line 1, column 7: Object value expected after ':'"],
    ['JSON that ends too early', 'a.json', '{"a": 1', 'line 1, column 8: '],
    ['a bad indent in YAML', 'a.yml', 'a:\n  b: 1\n c: 2\n', 'line 3, column 1: '],
    ['a repeated key in YAML', 'a.yml', 'ID: a\nID: b\n', 'line 2, column 1: Map keys must be unique'],
    ['an alias without an anchor', 'a.yml', 'ID: a\nProperties: *x\n', 'Unresolved alias'],
    ['nothing in it', 'a.yml', '', 'it is empty'],
    ['an empty list', 'a.json', '[]', 'it holds no group'],
    ['a text instead of a group', 'a.json', '"a"', 'expected a group, got a text'],
    ['an ID that is a number', 'a.yml', 'ID: 5', 'ID: expected a text, got a number'],
    ['a mistyped key', 'a.json', '{"ID":"a","Properites":{}}', "Properites: unknown key, did you mean 'Properties'?"],
    ['an unknown key', 'a.json', '{"ID":"a","Zzz":{}}', 'Zzz: unknown key; expected ID, Properties'],
    ['another kind', 'a.yml', 'kind: ingress\nmetadata: {name: a}', 'kind: expected "group", got "ingress"'],
    ['a kind without a name', 'a.yml', 'kind: group', 'metadata.name: expected a text, got nothing'],
    ['the same group twice', 'a.yml', 'ID: a\n---\nID: a\n', 'group a is there twice'],
    ['a problem in the second group', 'a.yml', 'ID: a\n---\nID: b\nSize: 2\n', 'b: Size: unknown key'],
    ['a problem in a group without a name', 'a.json', '[{"ID":"a"},7]', 'group 2: expected a group, got a number'],
  ]
  for (const [what, name, text, problem] of cases) {
    await t.test(what, async (t) => {
      const file = join(await temporaryFolder(t), name)
      await writeFile(file, text)
      const error = await readGroups(file).then(
        () => undefined,
        (error: Error) => error,
      )
      t.match(error, { kind: 'input' })
      t.equal(error?.message.slice(0, file.length + 2 + problem.length), `${file}: ${problem}`)
    })
  }
})

t.test('files that cannot be read', async (t) => {
  const folder = await temporaryFolder(t)
  await t.rejects(readGroups(join(folder, 'no.json')), { kind: 'input', message: /no\.json: there is no such file/ })
  await t.rejects(readGroups(folder), { kind: 'input', message: /this is a folder, expected a file/ })
})
