import { kindOf, type InfrakitError } from '@infrakit/spi'
import t from 'tap'
import { readProperties } from '../src/properties.js'

function refusal(value: unknown): InfrakitError {
  try {
    readProperties(value)
  } catch (error) {
    return error as InfrakitError
  }
  throw new Error('was accepted')
}

t.test('reads', (t) => {
  const cases: [string, unknown, object][] = [
    ['nothing at all', null, { lines: [], tags: {}, attachments: [], templateURL: undefined, template: undefined }],
    ['an empty object', {}, { lines: [], tags: {} }],
    ['null fields as absent ones', { Init: null, Tags: null, UserData: null, Labels: null }, { lines: [], tags: {} }],
    [
      'an empty URL as an absent one',
      { Init: ['a'], InitScriptTemplateURL: '' },
      { lines: ['a'], templateURL: undefined },
    ],
    ['an empty Init beside a URL', { Init: [], InitScriptTemplateURL: 'str://x' }, { templateURL: 'str://x' }],
    ['Init and Tags', { Init: ['a', 'b'], Tags: { c: 'd' } }, { lines: ['a', 'b'], tags: { c: 'd' } }],
    ['UserData as Init, Labels as Tags', { UserData: ['a'], Labels: { c: 'd' } }, { lines: ['a'], tags: { c: 'd' } }],
    [
      'an old and a new name of different things',
      { Init: ['a'], Labels: { c: 'd' } },
      { lines: ['a'], tags: { c: 'd' } },
    ],
    ['a null beside its old name', { Init: null, UserData: ['a'] }, { lines: ['a'] }],
    ['Attachments', { Attachments: [{ ID: 'v1', Type: 'ebs' }] }, { attachments: [{ ID: 'v1', Type: 'ebs' }] }],
    ['$schema', { $schema: 'https://example.com/s.json', Init: ['a'] }, { lines: ['a'] }],
    ['what was resolved', { InitScriptTemplateURL: '/x', Resolved: { InitScript: 's' } }, { template: 's' }],
  ]
  for (const [name, value, expected] of cases) t.match(readProperties(value), expected, name)
  t.end()
})

t.test('refuses', (t) => {
  const cases: [string, unknown, string | RegExp, string][] = [
    [
      'an unknown key, naming the nearest',
      { Inti: [] },
      "Properties.Inti: unknown key, did you mean 'Init'?",
      'Properties.Inti',
    ],
    [
      'an unknown key of an attachment',
      { Attachments: [{ ID: 'v', Type: '', Size: 1 }] },
      /^Properties\.Attachments\[0\]\.Size: unknown key/,
      'Properties.Attachments[0].Size',
    ],
    ['a text as Init', { Init: 'echo' }, 'Properties.Init: expected a list, got a text', 'Properties.Init'],
    [
      'a number among the lines',
      { UserData: ['a', 1] },
      'Properties.UserData[1]: expected a text, got a number',
      'Properties.UserData[1]',
    ],
    [
      'a tag that is no text',
      { Tags: { a: true } },
      'Properties.Tags.a: expected a text, got true',
      'Properties.Tags.a',
    ],
    ['a list', [], 'Properties: expected an object, got a list', 'Properties'],
    [
      'Init beside UserData',
      { Init: ['a'], UserData: ['a'] },
      /both "Init" and "UserData" are given/,
      'Properties.UserData',
    ],
    ['Tags beside Labels', { Tags: {}, Labels: { a: 'b' } }, /both "Tags" and "Labels" are given/, 'Properties.Labels'],
    [
      'a tag of the group',
      { Tags: { 'infrakit.group': 'x' } },
      /^Properties\.Tags\.infrakit\.group: tags that start with/,
      'Properties.Tags.infrakit.group',
    ],
    [
      'a label of the group',
      { Labels: { 'infrakit.mine': 'x' } },
      /^Properties\.Labels\.infrakit\.mine: /,
      'Properties.Labels.infrakit.mine',
    ],
    [
      'Init beside InitScriptTemplateURL',
      { Init: ['a'], InitScriptTemplateURL: 'str://x' },
      'Either "Init" or "InitScriptTemplateURL" can be specified but not both',
      'Properties.InitScriptTemplateURL',
    ],
    [
      'UserData beside InitScriptTemplateURL',
      { UserData: ['a'], InitScriptTemplateURL: 'str://x' },
      'Either "Init" or "InitScriptTemplateURL" can be specified but not both',
      'Properties.InitScriptTemplateURL',
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
