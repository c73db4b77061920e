import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { interfaces } from '@infrakit/spi'
import { groupFile } from '@infrakit/spi/schemas'
import { problems, type JsonSchema } from './json-schema/validate.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readFile(`${root}/${path}`, 'utf8'))
}

function group(properties: object): object {
  const plugins = { Instance: { Plugin: 'instance-file' }, Flavor: { Plugin: 'flavor-vanilla' } }
  return { ID: 'web', Properties: { Allocation: { Size: 2 }, ...plugins, ...properties } }
}

t.test('what is generated is current', async (t) => {
  const check = promisify(execFile)(process.execPath, [`${root}/scripts/generate-docs.js`, '--check'])
  await t.resolves(check, "run 'npm run docs'")
})

t.test('the schema that editors complete a group file by', async (t) => {
  const schema = (await readJson('docs/schemas/group-file.json')) as JsonSchema
  const judge = (value: unknown) => [problems(schema, value), groupFile.safeParse(value).success] as const

  for (const name of ['app-blue-group', 'app-blue-group-2', 'app-green-group']) {
    t.same(judge(await readJson(`test/fixtures/${name}.json`)), [[], true], `accepts ${name}.json`)
  }
  t.same(judge({ $schema: '../docs/schemas/group-file.json', ...group({}) }), [[], true], 'accepts $schema')
  t.same(judge(group({ Allocation: { LogicalIDs: ['a', 'b'] } })), [[], true], 'accepts pets')
  t.same(judge(group({ Updating: { MaxSurge: 1, Duration: '1m' } })), [[], true], 'accepts how to update')

  const wrong: [what: string, value: unknown, problem: string][] = [
    ['a size in words', group({ Allocation: { Size: 'two' } }), '$.Properties.Allocation.Size fits none of'],
    ['a negative size', group({ Allocation: { Size: -1 } }), '$.Properties.Allocation.Size fits none of'],
    ['an unknown key', group({ Alocation: {} }), '$.Properties.Alocation is not known'],
    ['a flavor without plugin', group({ Flavor: {} }), '$.Properties.Flavor.Plugin is missing'],
    ['an empty name', { ...group({}), ID: '' }, '$.ID is too short'],
  ]
  for (const [what, value, problem] of wrong) {
    const [found, accepted] = judge(value)
    t.match(found, [problem], `rejects ${what}`)
    t.notOk(accepted, `as the plugin does: ${what}`)
  }
})

t.test('every interface has a schema of every method', async (t) => {
  for (const { name, version, methods } of interfaces) {
    const schema = (await readJson(`docs/schemas/${name.toLowerCase()}.json`)) as {
      title: string
      definitions: Record<string, JsonSchema>
    }
    t.equal(schema.title, `${name}/${version}`)
    const expected = Object.keys(methods).flatMap((method) => [`${method}.request`, `${method}.result`])
    t.same(Object.keys(schema.definitions).sort(), expected.sort(), `${name}: all methods`)
  }
})
