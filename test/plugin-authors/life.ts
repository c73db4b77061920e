import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseJson } from '@infrakit/rpc'
import { findPlugin } from '@infrakit/discovery'
import type { InstanceSpec } from '@infrakit/spi'
import { waitUntil } from '@infrakit/testing'
import type { Test } from 'tap'
import { postRaw } from './call.js'
import { createHome, type Home } from './home.js'

/** An example plugin that runs, with what its test looks at. */
interface Example {
  readonly home: Home
  readonly name: string
  /** Starts it as a user would. */
  start(): Promise<string>
  files(): Promise<string[]>
  notes(): Promise<string[]>
  remove(file: string): Promise<void>
  call(method: string, params: object, id?: string): Promise<string>
}

async function createExample(t: Test, executable: string, name: string): Promise<Example> {
  const home = await createHome(t)
  const dir = join(home.folder, 'instances')
  const files = async () => (await readdir(dir)).filter((file) => file.endsWith('.json')).sort()
  const spec = async (file: string) => parseJson(await readFile(join(dir, file), 'utf8')) as InstanceSpec
  return {
    home,
    name,
    files,
    start: () => home.infrakit('plugin', 'start', executable, '--', '--dir', dir),
    notes: async () => {
      const specs = await Promise.all((await files()).map(spec))
      return specs.map(({ Properties }) => (Properties as { Note: string }).Note)
    },
    remove: (file) => rm(join(dir, file)),
    call(method, params, id = '1') {
      const body = `{"jsonrpc":"2.0","method":"${method}","params":${JSON.stringify(params)},"id":${id}}`
      return postRaw(join(home.pluginsDir, name), body)
    },
  }
}

async function groupFile({ home, name }: Example, note: unknown): Promise<string> {
  const file = join(home.folder, `web-${String(note)}.json`)
  const Properties = {
    Allocation: { Size: 2 },
    Instance: { Plugin: name, Properties: { Note: note } },
    Flavor: { Plugin: 'flavor-vanilla', Properties: { Init: ['true'], Tags: { tier: 'web' } } },
    Healing: { Interval: '200ms' },
  }
  await writeFile(file, JSON.stringify({ ID: 'web', Properties }))
  return file
}

/** Everything that the guide promises of its examples. */
export async function liveThrough(t: Test, executable: string, name: string): Promise<void> {
  const example = await createExample(t, executable, name)
  const { home } = example
  await home.infrakit('plugin', 'start', 'group', 'flavor-vanilla')
  await example.start()
  await t.test('the wire', (t) => speaks(t, example))
  await t.test('a group is made, healed and updated', (t) => keepsGroup(t, example))
  await t.test('kill -9', (t) => outlivesKill(t, example))
  await t.test('a group is destroyed', async (t) => {
    await home.infrakit('group', 'destroy', '--wait', 'web')
    t.same(await example.files(), [])
  })
  await t.test('its end', async (t) => {
    await home.infrakit('plugin', 'stop', name)
    t.notOk((await readdir(home.pluginsDir)).includes(name), 'its socket is gone')
  })
}

async function speaks(t: Test, { call }: Example): Promise<void> {
  for (const id of ['9223372036854775807', '-1', '"a b"', 'null']) {
    const answer = await call('Handshake.Implements', {}, id)
    t.match(answer.replaceAll(' ', ''), `"id":${id.replaceAll(' ', '')}`, `the id ${id} comes back as it went`)
  }
  const failure = async (method: string, params: object) => {
    const { error } = parseJson(await call(method, params)) as { error?: { code: number } }
    return error?.code
  }
  t.equal(await failure('Instance.Fly', {}), -32601, 'a method that is not there')
  t.equal(await failure('Instance.Validate', { Properties: { Note: 7 } }), -32602, 'a wrong property')
  t.equal(await failure('Instance.Validate', { Properties: { Note: 'right' } }), undefined)
  t.equal(await failure('Instance.Destroy', { Instance: 'nobody' }), -32001, 'an instance that is not there')
  t.equal(await failure('Instance.Destroy', { Instance: '../../etc' }), -32001, 'one that would be elsewhere')
  const Spec = { Properties: { Note: 'twice' }, Tags: { 'infrakit.provision': 'one key', a: 'b' } }
  const provision = async () =>
    (parseJson(await call('Instance.Provision', { Spec })) as { result: { ID: string } }).result.ID
  const ID = await provision()
  t.equal(await provision(), ID, 'a repeated key gives the same instance')
  await call('Instance.Label', { Instance: ID, Labels: { c: 'd' } })
  const listed = async (Tags: object) => {
    const answer = parseJson(await call('Instance.DescribeInstances', { Tags }))
    return (answer as { result: { Descriptions: { ID: string; Tags: object }[] } }).result.Descriptions
  }
  t.match(await listed({ a: 'b', c: 'd' }), [{ ID, Tags: { a: 'b', c: 'd' } }], 'it is labelled, and other tags stay')
  t.same(await listed({ a: 'b', c: 'x' }), [], 'all tags have to match')
  t.equal(await failure('Instance.Destroy', { Instance: ID }), undefined)
  t.same(await listed({}), [])
}

async function keepsGroup(t: Test, example: Example): Promise<void> {
  const { home, files, notes } = example
  const refused = await home.attempt('group', 'watch', await groupFile(example, 7))
  t.equal(refused.code, 2)
  t.match(refused.stderr, /Properties\.Instance\.Properties\.Note/, 'a wrong property is named with its path')
  await home.infrakit('group', 'watch', await groupFile(example, 'one'))
  await waitUntil('two instances', async () => (await files()).length === 2)
  const [lost = ''] = await files()
  await example.remove(lost)
  await waitUntil('two again', async () => {
    const now = await files()
    return now.length === 2 && !now.includes(lost)
  })
  t.same(await notes(), ['one', 'one'])
  const told = await home.infrakit('group', 'update', '--timeout', '30s', await groupFile(example, 'two'))
  t.equal(told, 'update web completed\n')
  t.same(await notes(), ['two', 'two'])
}

async function outlivesKill(t: Test, example: Example): Promise<void> {
  const { home, name, files } = example
  const { pid } = await findPlugin(home.pluginsDir, name)
  if (!pid) throw new Error(`${name} tells no pid`)
  process.kill(pid, 'SIGKILL')
  await example.start()
  const [lost = ''] = await files()
  await example.remove(lost)
  await waitUntil('two again', async () => (await files()).length === 2)
  t.not((await findPlugin(home.pluginsDir, name)).pid, pid)
}
