import t from 'tap'
import { mergeSpecs } from '../src/merge.js'

t.test('Init', (t) => {
  const cases: [string, string | null, string | null, string][] = [
    ['of a flavor that appends', 'a\nb', 'a\nb\nc', 'a\nb\nc'],
    ['of a flavor that puts something in front', 'a', '#!/bin/sh\na', '#!/bin/sh\na'],
    ['of a flavor that wraps', 'a', 'begin\na\nend', 'begin\na\nend'],
    ['of a flavor that hands it back', 'a', 'a', 'a'],
    ['of a flavor that replaces it', 'a', 'b', 'a\nb'],
    ['of a flavor that replaces it by lines which merely contain it', 'a', 'cat x', 'a\ncat x'],
    ['of a flavor that answers none', 'a', '', 'a'],
    ['of a flavor that answers null', 'a', null, 'a'],
    ['when there was none', '', 'a', 'a'],
    ['when there was null', null, 'a', 'a'],
    ['when there is none at all', null, null, ''],
    ['with a line end that a flavor drops', 'a\n', 'a\nb', 'a\nb'],
  ]
  for (const [name, before, after, expected] of cases) {
    t.equal(mergeSpecs({ Init: before }, { Init: after }).Init, expected, name)
  }
  t.end()
})

t.test('Tags', (t) => {
  const cases: [string, object | null, object | null, object | null][] = [
    ['later ones win', { a: '1', b: '1' }, { a: '2' }, { a: '2', b: '1' }],
    ['a flavor that drops them loses none', { a: '1' }, null, { a: '1' }],
    ['null stays null', null, null, null],
    [
      'those of the group stand',
      { 'infrakit.group': 'web' },
      { 'infrakit.group': 'x', 'infrakit.new': 'y' },
      { 'infrakit.group': 'web', 'infrakit.new': 'y' },
    ],
  ]
  for (const [name, before, after, expected] of cases) {
    t.strictSame(mergeSpecs({ Tags: before } as object, { Tags: after } as object).Tags, expected, name)
  }
  t.end()
})

t.test('Attachments', (t) => {
  const [a, b] = [
    { ID: 'a', Type: 'ebs' },
    { ID: 'b', Type: 'ebs' },
  ]
  const cases: [string, object[] | null, object[] | null, object[]][] = [
    ['of a flavor that appends', [a], [a, b], [a, b]],
    ['of a flavor that answers its own alone', [a], [b], [a, b]],
    ['that both name are there once', [a, b], [b, a], [a, b]],
    ['of one ID and two types are two', [a], [{ ID: 'a', Type: 'nfs' }], [a, { ID: 'a', Type: 'nfs' }]],
    ['none are an empty list', null, null, []],
  ]
  for (const [name, before, after, expected] of cases) {
    t.strictSame(
      mergeSpecs({ Attachments: before } as object, { Attachments: after } as object).Attachments,
      expected,
      name,
    )
  }
  t.end()
})

t.test('Properties and LogicalID are those of the last flavor that gives any', (t) => {
  const Properties = { Note: 'n' }
  t.equal(mergeSpecs({ Properties }, { Properties: null }).Properties, Properties)
  t.strictSame(mergeSpecs({ Properties }, { Properties: { Note: 'm' } }).Properties, { Note: 'm' })
  t.equal(mergeSpecs({ LogicalID: 'p1' }, {}).LogicalID, 'p1')
  t.equal(mergeSpecs({}, {}).LogicalID, null)
  t.end()
})
