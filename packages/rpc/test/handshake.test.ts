import t from 'tap'
import {
  defineInterface,
  flavorInterface,
  instanceInterface,
  lifecycleInterface,
  metadataInterface,
  type Flavor,
  type Metadata,
} from '@infrakit/spi'
import { createEventHub, offer } from '../src/index.js'
import { instance, post, serve } from './support.js'

const flavor: Flavor = {
  validate: () => Promise.resolve(),
  prepare: ({ Spec }) => Promise.resolve({ Spec }),
  healthy: () => Promise.resolve({ Health: 1 }),
  drain: () => Promise.resolve(),
}
const metadata: Metadata = {
  list: () => Promise.resolve({ Nodes: [] }),
  get: () => Promise.resolve({ Value: null }),
}
const lifecycle = { stop: () => Promise.resolve(), start: () => Promise.resolve() }

async function result(path: string, method: string): Promise<string> {
  const text = await post(path, `{"jsonrpc":"2.0","method":"${method}","params":{},"id":990238412466637226}`)
  return text.replace('{"jsonrpc":"2.0","result":', '').replace(',"id":990238412466637226}\n', '')
}

t.test('every era gets its versions', async (t) => {
  const { path } = await serve(t, { offers: [offer(instanceInterface, instance())] })
  t.equal(await result(path, 'Plugin.Implements'), '{"APIs":[{"Name":"Instance","Version":"0.1.0"}]}')
  t.equal(
    await result(path, 'Handshake.Implements'),
    '{"APIs":[{"Name":"Instance","Version":"0.3.0"},{"Name":"Instance","Version":"0.5.0"}]}',
  )
  t.equal(await result(path, 'Handshake.Types'), '{"Types":{"Instance/0.5.0":["."]}}')
  t.equal(await result(path, 'Handshake.Hello'), '{"Objects":{"Instance/0.6.1":[{"Name":".","ProxyFor":""}]}}')
})

t.test('several objects are named', async (t) => {
  const { path } = await serve(t, {
    offers: [
      offer(flavorInterface, flavor, 'manager'),
      offer(flavorInterface, flavor, 'worker'),
      offer(metadataInterface, metadata),
      offer(metadataInterface, metadata, 'manager'),
    ],
  })
  t.equal(
    await result(path, 'Handshake.Types'),
    '{"Types":{"Flavor/0.1.0":["manager","worker"],"Metadata/0.1.0":[".","manager"]}}',
  )
  t.equal(
    await result(path, 'Handshake.Hello'),
    '{"Objects":{"Flavor/0.1.1":[{"Name":"manager","ProxyFor":""},{"Name":"worker","ProxyFor":""}],' +
      '"Metadata/0.1.1":[{"Name":".","ProxyFor":""},{"Name":"manager","ProxyFor":""}]}}',
  )
  t.equal(
    await result(path, 'Handshake.Implements'),
    '{"APIs":[{"Name":"Flavor","Version":"0.1.0"},{"Name":"Metadata","Version":"0.1.0"}]}',
  )
})

t.test('what the original lacks is shown in our version, but not to v0.1.0', async (t) => {
  const own = defineInterface<{ ping(request: object): Promise<void> }>({
    name: 'Ping',
    version: '2.0.0',
    methods: { Ping: { mutates: false, ok: true, example: { request: {}, response: { OK: false } } } },
  })
  const { path } = await serve(t, {
    offers: [offer(lifecycleInterface, lifecycle), offer(own, { ping: () => Promise.resolve() })],
    events: createEventHub(),
  })
  t.equal(await result(path, 'Plugin.Implements'), '{"APIs":[]}')
  t.equal(
    await result(path, 'Handshake.Implements'),
    '{"APIs":[{"Name":"Lifecycle","Version":"0.1.0"},{"Name":"Ping","Version":"2.0.0"},{"Name":"Event","Version":"0.1.0"}]}',
  )
  t.equal(
    await result(path, 'Handshake.Types'),
    '{"Types":{"Lifecycle/0.1.0":["."],"Ping/2.0.0":["."],"Event/0.1.0":["."]}}',
  )
  t.match(await result(path, 'Handshake.Hello'), /"Lifecycle\/0\.1\.0":.*"Ping\/2\.0\.0":.*"Event\/0\.1\.1":/)
  t.equal(await result(path, 'Ping.Ping'), '{"OK":true}', 'interfaces of others are served too')
})
