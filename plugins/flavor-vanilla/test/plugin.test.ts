import { health, kindOf, type InfrakitError, type PrepareRequest } from '@infrakit/spi'
import { flavorSchemas } from '@infrakit/spi/schemas'
import t from 'tap'
import { createVanilla } from '../src/plugin.js'

/** A vanilla whose URLs hold `content`; `reads` lists what was read. */
function vanilla(content = '') {
  const reads: string[] = []
  const flavor = createVanilla({
    async read(url) {
      reads.push(url)
      return content
    },
  })
  return { ...flavor, reads }
}

async function refusal(work: Promise<unknown>): Promise<InfrakitError> {
  return work.then(
    () => {
      throw new Error('was accepted')
    },
    (error: unknown) => error as InfrakitError,
  )
}

const blank = { Properties: null, Tags: null, Init: '', LogicalID: null, Attachments: null }
const instance = { ID: 'i-1', LogicalID: null, Tags: null }

/** The request that adds `Properties` to a blank specification with `Spec` laid over it. */
function request(Properties: unknown, Spec: object = {}): PrepareRequest {
  return { Properties, Spec: { ...blank, ...Spec }, Index: { Group: 'web', Sequence: 2 } }
}

t.test('prepare', async (t) => {
  const attachment = { ID: 'v1', Type: 'ebs' }
  const cases: [string, unknown, object, object][] = [
    ['hands back what it does not know, null stays null', null, {}, blank],
    ['leaves an absent Init absent', {}, { Init: null }, { ...blank, Init: null }],
    [
      'hands back empty lists and IDs',
      {},
      { LogicalID: '10.1.1.1', Attachments: [] },
      { ...blank, LogicalID: '10.1.1.1', Attachments: [] },
    ],
    ['joins lines', { Init: ['a', 'b'] }, {}, { ...blank, Init: 'a\nb' }],
    [
      'puts lines behind those of the specification',
      { Init: ['a', 'b'] },
      { Init: 'hi' },
      { ...blank, Init: 'hi\na\nb' },
    ],
    ['adds nothing for an empty list', { Init: [] }, { Init: 'hi' }, { ...blank, Init: 'hi' }],
    ['adds tags', { Tags: { t: 'v' } }, { Tags: { a: 'b' } }, { ...blank, Tags: { a: 'b', t: 'v' } }],
    ['prefers its own tags', { Tags: { a: '1' } }, { Tags: { a: 'b' } }, { ...blank, Tags: { a: '1' } }],
    ['knows the older names', { UserData: ['a'], Labels: { b: 'c' } }, {}, { ...blank, Init: 'a', Tags: { b: 'c' } }],
    [
      'appends attachments',
      { Attachments: [{ ID: 'v2', Type: '' }] },
      { Attachments: [attachment] },
      { ...blank, Attachments: [attachment, { ID: 'v2', Type: '' }] },
    ],
    [
      'attaches to a specification without attachments',
      { Attachments: [attachment] },
      {},
      { ...blank, Attachments: [attachment] },
    ],
  ]
  for (const [name, properties, spec, expected] of cases) {
    t.strictSame((await vanilla().prepare(request(properties, spec))).Spec, expected, name)
  }
})

t.test('the properties of the walk-through, with the older names', async (t) => {
  const properties = {
    UserData: ['docker run -dit -p 80:80 -e VERSION=2 nginx:alpine'],
    Labels: { tier: 'web', project: 'app', colour: 'blue' },
  }
  await t.resolves(vanilla().validate({ Properties: properties, Allocation: { Size: 2 } }))
  const { Spec } = await vanilla().prepare(request(properties, { Properties: { Note: 'version 3.0' } }))
  t.strictSame(Spec, {
    ...blank,
    Properties: { Note: 'version 3.0' },
    Tags: { tier: 'web', project: 'app', colour: 'blue' },
    Init: 'docker run -dit -p 80:80 -e VERSION=2 nginx:alpine',
  })
})

t.test('prepare hands on the properties of the instance unopened and changes no argument', async (t) => {
  const Properties = JSON.parse('{"__proto__": {"a": 1}, "Note": "n"}') as object
  const given = request({ Tags: { t: 'v' }, Init: ['a'] }, { Properties, Tags: { a: 'b' } })
  const { Spec } = await vanilla().prepare(given)
  t.equal(Spec.Properties, Properties)
  t.strictSame(given.Spec, { ...blank, Properties, Tags: { a: 'b' } })
})

t.test('a template', async (t) => {
  const url = { InitScriptTemplateURL: 'file:///init.sh' }

  t.test('is rendered with the instance to be', async (t) => {
    const source = '{{ .LogicalID }} {{ .Group }} {{ .Sequence }} {{ .Tags.tier }} {{ .Tags.own }}'
    const spec = { LogicalID: 'p1', Tags: { tier: 'front', own: 'spec' }, Init: 'hi' }
    const { Spec } = await vanilla(source).prepare(request({ ...url, Tags: { own: 'flavor' } }, spec))
    t.equal(Spec.Init, 'hi\np1 web 2 front flavor')
  })
  t.test('that is empty adds nothing', async (t) => {
    t.equal((await vanilla('').prepare(request(url, { Init: 'hi' }))).Spec.Init, 'hi')
  })
  t.test('gets the group from the tags when a caller sends no index', async (t) => {
    const Spec = { ...blank, Tags: { 'infrakit.group': 'tagged' } }
    const prepared = await vanilla('{{ .Group }}').prepare({ Properties: url, Spec })
    t.equal(prepared.Spec.Init, 'tagged')
  })
  t.test('without a value for an action is an error, never a gap', async (t) => {
    const error = await refusal(vanilla('a\n{{ .LogicalID }}').prepare(request(url)))
    t.equal(kindOf(error), 'input')
    t.equal(error.message, 'Properties.InitScriptTemplateURL: line 2: {{ .LogicalID }} has no value for this instance')
    t.equal(error.path, 'Properties.InitScriptTemplateURL')
  })
  t.test('that was resolved at commit is used, and nothing is read', async (t) => {
    const plugin = vanilla('changed since')
    const { Resolved } = await plugin.resolve({ Properties: url })
    t.strictSame(Resolved, { InitScript: 'changed since' })
    t.strictSame(plugin.reads, ['file:///init.sh'], 'control: reading is seen')
    const properties = { ...url, Resolved: { InitScript: 'as committed {{ .Group }}' } }
    await plugin.validate({ Properties: properties })
    t.equal((await plugin.prepare(request(properties))).Spec.Init, 'as committed web')
    t.strictSame(plugin.reads, ['file:///init.sh'])
  })
  t.test('is resolved anew by the next commit', async (t) => {
    const properties = { ...url, Resolved: { InitScript: 'old' } }
    t.strictSame(await vanilla('new').resolve({ Properties: properties }), { Resolved: { InitScript: 'new' } })
  })
})

t.test('properties without a URL resolve to nothing', async (t) => {
  t.strictSame(await vanilla().resolve({ Properties: { Init: ['a'] } }), { Resolved: null })
  t.strictSame(await vanilla().resolve({}), { Resolved: null })
})

t.test('validate', async (t) => {
  const url = { InitScriptTemplateURL: '/init.sh' }
  const pets = { Size: 0, LogicalIDs: ['p1'] }
  await t.resolves(vanilla().validate({}), 'accepts no properties')
  await t.resolves(
    vanilla('{{ .Tags.x }}').validate({ Properties: url, Allocation: { Size: 1 } }),
    'accepts a template',
  )
  await t.resolves(vanilla('{{ .LogicalID }}').validate({ Properties: url, Allocation: pets }), 'accepts IDs of pets')
  await t.resolves(vanilla('{{ .LogicalID }}').validate({ Properties: url }), 'accepts IDs of nobody knows whom')
  const cases: [string, string, RegExp][] = [
    [
      'an unsupported action',
      'a\n{{ if .X }}b{{ end }}',
      /^Properties\.InitScriptTemplateURL: line 2: {{ if \.X }} is not supported: there is no \.X$/,
    ],
    [
      'LogicalID in a group of cattle',
      '\n{{ .LogicalID }}',
      /line 2: {{ \.LogicalID }} has no value: the group has a Size/,
    ],
  ]
  for (const [name, source, message] of cases) {
    const error = await refusal(
      vanilla(source).validate({ Properties: url, Allocation: { Size: 2, LogicalIDs: null } }),
    )
    t.equal(kindOf(error), 'input', name)
    t.match(error.message, message, name)
    t.equal(error.path, 'Properties.InitScriptTemplateURL', name)
    t.ok(error.hint, name)
  }
  t.equal(kindOf(await refusal(vanilla().validate({ Properties: { Tags: { 'infrakit.group': 'x' } } }))), 'input')
})

t.test('without Health and Drain every instance is healthy and drained at once', async (t) => {
  const answer = await vanilla().healthy({ Properties: {}, Instance: instance })
  t.strictSame(answer, { Health: health.healthy })
  t.ok(flavorSchemas.Healthy.result.safeParse(answer).success)
  await t.resolves(vanilla().drain({ Properties: {}, Instance: instance }))
})
