import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { filesIn, needsTerraform, one, open, rejection, stateOf, terraform } from './support.js'

t.test('an instance is its resources and a note with its tags, in the state', needsTerraform, async (t) => {
  const { make, list, dir, events, instance, logs } = await open(t)
  const id = await make(one(), { Tags: { 'a.b/c': '${x} %{y} $${z}', ä: '"' }, LogicalID: 'db-1' })
  t.match(id, /^instance-\d+$/)
  t.same(stateOf(dir), [`terraform_data.${id}`, `terraform_data.${id}-web`])
  t.match(await list(), [
    {
      ID: id,
      LogicalID: 'db-1',
      Tags: { 'a.b/c': '${x} %{y} $${z}', ä: '"' },
      Properties: { Resources: { 'terraform_data.web': { input: 'v1' } } },
    },
  ])
  await instance.label({ Instance: id, Labels: { more: '${1}' } })
  t.match((await list())[0]?.Tags, { 'a.b/c': '${x} %{y} $${z}', more: '${1}' })
  const { Lines } = await logs.tail({ Instance: id })
  t.ok(
    Lines.some((line) => /web: Creation complete/.test(line)),
    'its log has what Terraform said',
  )
  await instance.destroy({ Instance: id })
  t.same([await list(), stateOf(dir), filesIn(dir)], [[], [], []])
  t.same(
    events.filter((event) => event.endsWith(id)),
    [`created ${id}`, `changed ${id}`, `destroyed ${id}`],
  )
})

t.test('what a template names belongs to one instance; what stands beside it is shared', needsTerraform, async (t) => {
  const { make, describe, dir } = await open(t)
  writeFileSync(join(dir, 'main.tf'), 'variable "region" { default = "north" }\n')
  const template = {
    locals: { size: 3 },
    resource: {
      terraform_data: {
        disk: { input: '${local.size}' },
        web: {
          input: {
            disk: '${terraform_data.disk.output}',
            region: '${upper("${var.region}-${local.size}")}',
            init: '${local.infrakit.Init}',
            who: '${local.infrakit.LogicalID} of ${local.infrakit.Tags["group"]}',
            plain: '$${terraform_data.disk}',
          },
          depends_on: ['terraform_data.disk'],
        },
      },
    },
    Endpoints: [{ Host: 'host-${terraform_data.disk.output}', Port: '${8000 + local.size}' }],
  }
  const id = await make(template, { Init: 'echo ${hello}', LogicalID: 'a', Tags: { group: 'g' } })
  const other = await make(template, { Init: 'x', LogicalID: 'b', Tags: { group: 'g' } })
  t.match(await describe(id), {
    Properties: {
      Endpoints: [{ Host: 'host-3', Port: 8003 }],
      Resources: {
        'terraform_data.web': {
          input: { disk: 3, region: 'NORTH-3', init: 'echo ${hello}', who: 'a of g', plain: '${terraform_data.disk}' },
        },
      },
    },
  })
  t.match(await describe(other), { LogicalID: 'b' })
  t.equal(stateOf(dir).length, 6)
})

t.test('what exists is imported, by its ID; what is in the state already moves', needsTerraform, async (t) => {
  const { make, describe, dir } = await open(t)
  const imported = await make(
    { ...one(), import: [{ to: 'terraform_data.web', id: '${local.infrakit.LogicalID}' }] },
    { LogicalID: 'i-0abc' },
  )
  t.match(await describe(imported), { Properties: { Resources: { 'terraform_data.web': { id: 'i-0abc' } } } })
  writeFileSync(join(dir, 'main.tf'), 'resource "terraform_data" "old" { input = "v1" }\n')
  terraform(dir, 'apply', '-auto-approve', '-target=terraform_data.old')
  const before = /id += "(.*)"/.exec(terraform(dir, 'state', 'show', '-no-color', 'terraform_data.old'))?.[1]
  writeFileSync(join(dir, 'main.tf'), '')
  const moved = await make({ ...one(), moved: [{ from: 'terraform_data.old', to: 'terraform_data.web' }] })
  t.match(await describe(moved), { Properties: { Resources: { 'terraform_data.web': { id: before } } } })
  t.notOk(stateOf(dir).includes('terraform_data.old'))
})

t.test('a template in a file; resolving it tells what it is now', needsTerraform, async (t) => {
  const { make, describe, dir, resolve, instance } = await open(t)
  writeFileSync(join(dir, 'web.json'), JSON.stringify(one()))
  const { Resolved } = await resolve.resolve({ Properties: { Template: 'web.json' } })
  t.same(Resolved, { Template: one() })
  writeFileSync(join(dir, 'web.json'), JSON.stringify(one({ input: 'v2' })))
  const input = async (id: string) => JSON.stringify((await describe(id))?.Properties)
  t.match(await input(await make({ Template: 'web.json', Resolved })), /"input":"v1"/)
  t.match(await input(await make({ Template: 'web.json' })), /"input":"v2"/)
  t.same(await resolve.resolve({ Properties: one() }), { Resolved: null }, 'what names nothing')
  await instance.validate({ Properties: { Template: 'web.json' } })
})

t.test('what Terraform says is wrong with a template is told with file and line', needsTerraform, async (t) => {
  const { instance, dir } = await open(t)
  const refused = async (Properties: object) => rejection(instance.validate({ Properties }))
  writeFileSync(
    join(dir, 'web.json'),
    '{\n "resource": {\n  "terraform_data": {\n   "web": { "inputt": 1 }\n  }\n }\n}\n',
  )
  t.match(await refused({ Template: 'web.json' }), {
    kind: 'input',
    path: 'Properties.Template',
    message: /web\.json line 4, in resource\.terraform_data\.web: .*"inputt".*Did you mean "input"/,
  })
  t.match(await refused(one({ input: '${local.none}' })), { kind: 'input', message: /undeclared local value/ })
  t.match(await refused({ resource: { no_such: { web: {} } } }), { kind: 'input' })
  writeFileSync(join(dir, 'web.json'), '{\n "resource": {\n')
  t.match(await refused({ Template: 'web.json' }), { kind: 'input', message: /web\.json.*it is not JSON/ })
  t.match(await refused({ Template: 'none.json' }), { kind: 'input', message: /cannot read .*none\.json/ })
  t.match(await refused({}), { kind: 'input', message: /Properties\.resource: expected at least one/ })
  t.match(await refused({ ...one(), Template: 'web.json' }), { kind: 'input', message: /second description/ })
  t.match(await refused({ resource: { terraform_data: { 'no name': {} } } }), {
    kind: 'input',
    message: /names consist/,
  })
  t.match(await refused({ ...one(), import: [{ to: 'terraform_data.none', id: '1' }] }), { kind: 'input' })
  t.same(filesIn(dir), [])
})

t.test('what a template makes nothing of is refused', needsTerraform, async (t) => {
  const { make, list } = await open(t)
  t.match(await rejection(make(one(), { Init: 'x' })), { kind: 'input', path: 'Init' })
  t.match(await rejection(make(one(), { Attachments: [{ ID: 'a', Type: 'b' }] })), {
    kind: 'input',
    path: 'Attachments',
  })
  t.match(await make({ ...one(), InitMode: 'ignore' }, { Init: 'x' }), /^instance-/)
  t.match(await make({ type: 'terraform_data', value: { input: 1 } }), /^instance-/, "the original's first form")
  t.equal((await list()).length, 2)
})

t.test('what Terraform calls sensitive is not shown', needsTerraform, async (t) => {
  const { make, describe, dir } = await open(t)
  writeFileSync(join(dir, 'main.tf'), 'variable "password" {\n default = "hunter2"\n sensitive = true\n}\n')
  const id = await make({ ...one({ input: { user: 'me', password: '${var.password}' } }), Endpoints: [] })
  t.match(await describe(id), {
    Properties: { Resources: { 'terraform_data.web': { input: { user: 'me', password: null } } } },
  })
  t.match(readFileSync(join(dir, 'terraform.tfstate'), 'utf8'), /hunter2/, 'the state has it, as always')
})
