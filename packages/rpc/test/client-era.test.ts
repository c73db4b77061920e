import { join } from 'node:path'
import { temporaryFolder, type Teardown } from '@infrakit/testing'
import t from 'tap'
import {
  flavorInterface,
  groupInterface,
  instanceInterface,
  lifecycleInterface,
  metadataInterface,
} from '@infrakit/spi'
import { flavorSchemas, groupSchemas, instanceSchemas, metadataSchemas } from '@infrakit/spi/schemas'
import { createClient } from '../src/client.js'
import { offer } from '../src/index.js'
import { failure, fake, fakePlugin, instance, serve } from './support.js'

const apis = (...ids: string[]) => ({
  APIs: ids.map((id) => ({ Name: id.split('/')[0], Version: id.split('/')[1] })),
})

const methods = {
  'Instance.DescribeInstances': () => ({ Type: '', Descriptions: null }),
  'Instance.Destroy': () => ({ Type: '', OK: true }),
  'Metadata.List': () => ({ Nodes: null }),
  'Metadata.Keys': () => ({ Name: 'a', Nodes: ['groups', 'specs'] }),
  'Metadata.Get': () => ({ Value: 5 }),
  'Group.DescribeGroup': () => ({ Description: { Instances: null, Converged: true } }),
  'Group.SetSize': () => ({ Name: '', ID: 'a' }),
  'Flavor.Healthy': () => ({ Type: '', Health: 1 }),
}

const eras = {
  'v0.1.0': {
    ...methods,
    'Plugin.Implements': () => apis('Instance/0.1.0', 'Flavor/0.1.0', 'Group/0.1.0'),
  },
  'v0.4.1': {
    ...methods,
    'Handshake.Implements': () => apis('Instance/0.3.0', 'Metadata/0.1.0', 'Flavor/0.1.0', 'Group/0.1.0'),
    'Instance.Label': () => ({ Type: '', OK: true }),
  },
  'v0.5': {
    ...methods,
    'Handshake.Implements': () => apis('Instance/0.5.0', 'Metadata/0.1.0', 'Flavor/0.1.0', 'Group/0.1.0'),
    'Handshake.Types': () => ({ Types: { 'Flavor/0.1.0': ['manager', 'worker'], 'Instance/0.5.0': ['.'] } }),
    'Instance.Label': () => ({ Type: '', OK: true }),
  },
  HEAD: {
    ...methods,
    'Handshake.Hello': () => ({
      Objects: {
        'Instance/0.6.1': [{ Name: '.', ProxyFor: '' }],
        'Group/0.1.1': [{ Name: 'groups', ProxyFor: '' }],
        'Metadata/0.1.1': [{ Name: '.', ProxyFor: '' }],
        'Flavor/0.1.1': [{ Name: 'manager', ProxyFor: '' }],
      },
    }),
    'Instance.Label': () => ({ Type: '', OK: true }),
  },
} as const

async function plugin(t: Teardown, era: keyof typeof eras, path?: string) {
  const made = await fakePlugin(t, eras[era], path)
  const client = createClient({ path: made.path }, { name: 'group' })
  t.teardown(() => client.close())
  return { ...made, client }
}

t.test('the newest handshake that is known decides', async (t) => {
  for (const era of Object.keys(eras) as (keyof typeof eras)[]) {
    const { client, calls } = await plugin(t, era)
    t.equal((await client.handshake()).era, era)
    await client.handshake()
    const asked = {
      HEAD: ['Handshake.Hello'],
      'v0.5': ['Handshake.Hello', 'Handshake.Implements', 'Handshake.Types'],
      'v0.4.1': ['Handshake.Hello', 'Handshake.Implements', 'Handshake.Types'],
      'v0.1.0': ['Handshake.Hello', 'Handshake.Implements', 'Plugin.Implements'],
    }
    t.same(
      calls.map(({ method }) => method),
      asked[era],
      'and is remembered',
    )
    t.equal(await client.implements(instanceInterface), true)
    t.equal(await client.implements(groupInterface), true)
    t.equal(await client.implements(metadataInterface), era !== 'v0.1.0')
    t.equal(await client.implements(lifecycleInterface), false)
  }
})

t.test('objects are known where the era tells', async (t) => {
  const has = async (era: keyof typeof eras, type: string) =>
    (await plugin(t, era)).client.implements(flavorInterface, type)
  t.equal(await has('v0.5', 'manager'), true)
  t.equal(await has('v0.5', 'nosuch'), false)
  t.equal(await has('HEAD', 'manager'), true)
  t.equal(await has('HEAD', 'worker'), false)
  t.equal(await has('v0.4.1', 'nosuch'), true)
  t.equal(await has('v0.1.0', 'nosuch'), true)
})

t.test('the versions of another era do not count', async (t) => {
  const { path } = await fakePlugin(t, {
    'Handshake.Hello': () => ({ Objects: { 'Instance/9.9.9': [{ Name: '.' }] } }),
  })
  const client = createClient({ path }, { name: 'future' })
  t.equal(await client.implements(instanceInterface), false)
  t.match(await failure(client.bind(instanceInterface).validate({})), {
    kind: 'incompatible',
    message: 'future: it does not implement Instance/0.6.1; it has Instance/9.9.9',
  })
})

t.test('who knows no handshake is incompatible', async (t) => {
  const { path } = await fakePlugin(t, {})
  t.match(await failure(createClient({ path }).handshake()), {
    kind: 'incompatible',
    message: /none of the handshakes/,
  })
})

t.test('malformed handshakes are survived', async (t) => {
  for (const answer of [null, 5, [], { Objects: null }, { Objects: { x: [null, 5] } }]) {
    const { path } = await fakePlugin(t, { 'Handshake.Hello': () => answer })
    t.equal(await createClient({ path }).implements(instanceInterface), false, JSON.stringify(answer))
  }
})

t.test('calls are written for each era', async (t) => {
  for (const era of Object.keys(eras) as (keyof typeof eras)[]) {
    const { client, calls } = await plugin(t, era)
    const last = () => calls.at(-1)
    const instances = client.bind(instanceInterface, { schemas: instanceSchemas })
    t.same(await instances.describeInstances({ Tags: { a: 'b' }, Properties: true }), { Descriptions: [] }, era)
    t.match(last(), { params: { Type: '', Tags: { a: 'b' }, Properties: true } })
    await instances.destroy({ Instance: 'i', Context: { Reason: 'terminate' } })
    const label = instances.label({ Instance: 'i', Labels: { a: 'b' } })
    if (era === 'v0.1.0')
      t.match(await failure(label), { kind: 'incompatible', message: /Instance\.Label .* v0\.1\.0/ })
    else t.equal(await label, undefined)

    const groups = client.bind(groupInterface, { schemas: groupSchemas })
    t.match(await groups.describeGroup({ ID: 'a' }), { Description: { Instances: [], Converged: true } })
    t.match(last(), { method: 'Group.DescribeGroup', params: { Name: 'group', ID: 'a' } })
    await client.bind(groupInterface, { type: 'groups' }).describeGroup({ ID: 'a' })
    t.match(last(), { params: { Name: 'group/groups' } })
    const resize = groups.setSize({ ID: 'a', Size: 3 })
    if (era === 'HEAD') t.ok(await resize.then(() => true))
    else t.match(await failure(resize), { kind: 'incompatible', message: /SetSize/ })

    t.match(
      await client
        .bind(flavorInterface, { type: 'manager', schemas: flavorSchemas })
        .healthy({ Instance: { ID: 'i' } }),
      {
        Health: 1,
      },
    )
    t.match(last(), { params: { Type: 'manager' } })

    const metadata = client.bind(metadataInterface, { schemas: metadataSchemas })
    if (era === 'v0.1.0') {
      t.match(await failure(metadata.list({ Path: 'a/b' })), { kind: 'incompatible' })
      continue
    }
    t.same(await metadata.list({ Path: 'a/b' }), { Nodes: era === 'HEAD' ? ['groups', 'specs'] : [] })
    t.match(last(), {
      method: era === 'HEAD' ? 'Metadata.Keys' : 'Metadata.List',
      params: { Path: era === 'v0.4.1' ? ['a', 'b'] : 'a/b' },
    })
    t.same(await metadata.get({ Path: '.' }), { Value: 5 })
    t.same(last()?.params.Path, era === 'v0.4.1' ? [] : '.')
  }
})

t.test('another plugin in the same place is recognised', async (t) => {
  const path = join(await temporaryFolder(t), 'plugin')
  const old = await plugin(t, 'v0.4.1', path)
  const metadata = old.client.bind(metadataInterface)
  await metadata.list({ Path: '.' })
  t.equal((await old.client.handshake()).era, 'v0.4.1')
  await old.stop()
  t.match(await failure(metadata.list({ Path: '.' })), { kind: 'unavailable' })
  const recent = await plugin(t, 'HEAD', path)
  t.match(await metadata.list({ Path: '.' }), { Nodes: ['groups', 'specs'] })
  t.equal((await old.client.handshake()).era, 'HEAD')
  t.ok(recent.calls.length > 0)
})

t.test('a plugin of another era that answers the repeated call is recognised', async (t) => {
  let hello = true
  const { path } = await fake(t, (req, res) => {
    let text = ''
    req.on('data', (chunk) => (text += chunk))
    req.on('end', () => {
      const { method, id } = JSON.parse(text) as { method: string; id: number }
      if (hello && method === 'Metadata.Keys') {
        // Killed as the call came in; whoever answers from now on is older.
        hello = false
        return req.socket.destroy()
      }
      const table: Record<string, object> = hello
        ? { 'Handshake.Hello': { Objects: { 'Metadata/0.1.1': [{ Name: '.' }] } } }
        : {
            'Handshake.Implements': apis('Metadata/0.1.0'),
            'Handshake.Types': { Types: {} },
            'Metadata.List': { Nodes: ['old'] },
          }
      const error = { code: -32000, message: `rpc: can't find method "${method}"`, data: null }
      res.end(JSON.stringify({ ...(table[method] ? { result: table[method] } : { error }), id }))
    })
  })
  const client = createClient({ path })
  t.teardown(() => client.close())
  t.same(await client.bind(metadataInterface).list({ Path: '.' }), { Nodes: ['old'] })
  t.equal((await client.handshake()).era, 'v0.5')
})

t.test('ours is spoken to as HEAD', async (t) => {
  const { path } = await serve(t, { offers: [offer(instanceInterface, instance())] })
  const shake = await createClient({ path }).handshake()
  t.same(shake, { era: 'HEAD', objects: [{ name: 'Instance', version: '0.6.1', types: ['.'] }] })
})
