import t from 'tap'
import { describe, masked, observe, type Filed, type StateResource } from '../src/state.js'

const id = 'instance-1'
const resource = (name: string, values: object = {}, more: Partial<StateResource> = {}): StateResource => ({
  address: `terraform_data.${name}`,
  mode: 'managed',
  type: 'terraform_data',
  name,
  values: { ...values },
  ...more,
})
const note = resource(id, { input: { ID: id, Tags: { a: 'b' }, LogicalID: null } })
const web = resource(`${id}-web`)
const file: Filed = { id, logicalId: null, tags: { a: 'b' }, addresses: [`terraform_data.${id}-web`], leaving: false }

t.test('what is there of an instance', async (t) => {
  const cases: [what: string, resources: StateResource[], files: Filed[], expected: object[]][] = [
    ['nothing', [], [], []],
    ['all of it', [note, web], [file], [{ id, tags: { a: 'b' }, problem: undefined }]],
    ['no file', [note, web], [], [{ id, tags: { a: 'b' }, problem: undefined }]],
    ['no state', [], [file], [{ id, tags: { a: 'b' }, problem: /has nothing of it/ }]],
    ['no note', [web], [file], [{ id, problem: /has only a part of it/ }]],
    ['a lost resource', [note], [file], [{ id, problem: /instance-1-web is not in Terraform's state any more/ }]],
    ['a tainted one', [note, { ...web, tainted: true }], [file], [{ id, problem: /is tainted/ }]],
    ['on its way out', [web], [{ ...file, leaving: true }], [{ id, problem: /not destroyed to its end/ }]],
    ['still there on its way out', [note, web], [{ ...file, leaving: true }], [{ id, problem: undefined }]],
    [
      'a file that makes no sense',
      [note, web],
      [{ ...file, addresses: undefined, tags: null }],
      [{ id, tags: { a: 'b' } }],
    ],
    ['names of others', [resource('instance-2'), resource('instance-2-web'), resource('mine')], [], []],
  ]
  for (const [what, resources, files, expected] of cases) t.match(observe(resources, files), expected, what)
  for (const [what, resources, files, expected] of cases)
    t.equal(observe(resources, files).length, expected.length, what)
})

t.test('it is described without what is sensitive, and with ports that are numbers', async (t) => {
  t.same(masked({ a: 1, b: { c: 2, d: [3, 4] } }, { b: { c: true, d: [false, true] } }), {
    a: 1,
    b: { c: null, d: [3, null] },
  })
  const [seen] = observe(
    [{ ...note, values: { input: { ID: id, Endpoints: [{ Host: 'h', Port: '80' }] } } }, web],
    [file],
  )
  t.match(seen && describe(seen, true), { ID: id, Properties: { Endpoints: [{ Host: 'h', Port: 80 }] } })
  t.notOk(seen && 'Properties' in describe(seen, false))
})
