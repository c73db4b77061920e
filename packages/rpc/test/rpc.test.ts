import fc from 'fast-check'
import t from 'tap'
import { flavorInterface, groupInterface, InfrakitError, instanceInterface, metadataInterface } from '@infrakit/spi'
import type { Flavor, Group, Metadata } from '@infrakit/spi'
import { offer } from '../src/index.js'
import { instance, post, rpc, serve } from './support.js'

const notImplemented = () => Promise.reject(new InfrakitError('internal', 'not part of this test'))

function group(handlers: Partial<Group>): Group {
  return {
    commitGroup: notImplemented,
    freeGroup: notImplemented,
    describeGroup: notImplemented,
    destroyGroup: notImplemented,
    inspectGroups: notImplemented,
    size: notImplemented,
    setSize: notImplemented,
    destroyInstances: notImplemented,
    ...handlers,
  }
}

t.test('answers what the original answers, byte for byte', async (t) => {
  const flavor: Flavor = {
    validate: () => Promise.resolve(),
    prepare: ({ Spec }) => Promise.resolve({ Spec }),
    healthy: () => Promise.resolve({ Health: 1 }),
    drain: () => Promise.resolve(),
  }
  const { path } = await serve(t, {
    offers: [
      offer(instanceInterface, instance({ provision: () => Promise.resolve({ ID: 'instance-6340485867938083639' }) })),
      offer(flavorInterface, flavor),
      offer(
        groupInterface,
        group({
          commitGroup: () => Promise.resolve({ Details: 'Managing 5 instances' }),
          inspectGroups: () => Promise.resolve({ Groups: null }),
          size: () => Promise.resolve({ Size: 5 }),
          setSize: () => Promise.resolve(),
          describeGroup: ({ ID }) =>
            Promise.reject(new InfrakitError('not-found', `Group '${ID}' is not being watched`)),
        }),
      ),
    ],
  })
  const exchanges: [string, string][] = [
    [
      '{"jsonrpc":"2.0","method":"Instance.DescribeInstances","params":{"Type":"","Tags":{},"Properties":false},"id":864208513828175029}',
      '{"jsonrpc":"2.0","result":{"Type":"","Descriptions":[]},"id":864208513828175029}\n',
    ],
    [
      '{"jsonrpc":"2.0","method":"Instance.DescribeInstances","params":[{"Type":"","Tags":{"zz":"1"},"Properties":false}],"id":1}',
      '{"jsonrpc":"2.0","result":{"Type":"","Descriptions":[]},"id":1}\n',
    ],
    [
      '{"jsonrpc":"2.0","method":"Instance.Provision","params":{"Type":"","Spec":{"Properties":{"Note":"n"},"Tags":null,"Init":"","LogicalID":null,"Attachments":null}},"id":3882744384352197272}',
      '{"jsonrpc":"2.0","result":{"Type":"","ID":"instance-6340485867938083639"},"id":3882744384352197272}\n',
    ],
    [
      '{"jsonrpc":"2.0","method":"Instance.Destroy","params":{"Type":"","Instance":"i","Context":{"Reason":"terminate"}},"id":188993682391110554}',
      '{"jsonrpc":"2.0","result":{"Type":"","OK":true},"id":188993682391110554}\n',
    ],
    [
      '{"jsonrpc":"2.0","method":"Flavor.Healthy","params":{"Type":"","Properties":{},"Instance":{"ID":"i","LogicalID":null,"Tags":{}}},"id":1}',
      '{"jsonrpc":"2.0","result":{"Type":"","Health":1},"id":1}\n',
    ],
    [
      '{"jsonrpc":"2.0","method":"Group.CommitGroup","params":{"Name":"group/groups","Spec":{"ID":"cattle","Properties":{}},"Pretend":true},"id":654079526144767331}',
      '{"jsonrpc":"2.0","result":{"Name":"group/groups","ID":"cattle","Details":"Managing 5 instances"},"id":654079526144767331}\n',
    ],
    [
      '{"jsonrpc":"2.0","method":"Group.InspectGroups","params":{"Name":"group-stateless","ID":""},"id":7764514769979010104}',
      '{"jsonrpc":"2.0","result":{"Name":"group-stateless","ID":"","Groups":null},"id":7764514769979010104}\n',
    ],
    [
      '{"jsonrpc":"2.0","method":"Group.Size","params":{"ID":"cattle"},"id":1}',
      '{"jsonrpc":"2.0","result":{"Name":"","ID":"cattle","Size":5},"id":1}\n',
    ],
    [
      '{"jsonrpc":"2.0","method":"Group.SetSize","params":{"ID":"cattle","Size":4},"id":1}',
      '{"jsonrpc":"2.0","result":{"Name":"","ID":"cattle"},"id":1}\n',
    ],
    [
      '{"method":"Instance.DescribeInstances","params":{},"id":1}',
      '{"jsonrpc":"2.0","error":{"code":-32600,"message":"jsonrpc must be 2.0","data":{"jsonrpc":"","method":"Instance.DescribeInstances","params":{},"id":1}},"id":1}\n',
    ],
  ]
  for (const [request, response] of exchanges) t.equal(await post(path, request), response)
})

t.test('ids come back byte for byte', async (t) => {
  const { path } = await serve(t, { offers: [offer(instanceInterface, instance())] })
  const ask = (id: string) =>
    post(path, `{"jsonrpc":"2.0","id":${id},"method":"Instance.DescribeInstances","params":{"a":{"id":5}}}`)
  const expected = (id: string) => `{"jsonrpc":"2.0","result":{"Type":"","Descriptions":[]},"id":${id}}\n`
  for (const id of ['9223372036854775807', '1.0', '1e2', '-0', '"a\\u0062\\"c"', '"\\ud800"', '"€"', 'null', '""']) {
    t.equal(await ask(id), expected(id), id)
  }
  t.test('10,000 of them', async (t) => {
    const escaped = fc.string({ unit: 'binary' }).map((text) => {
      const units = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at).toString(16).padStart(4, '0'))
      return `"${units.map((unit) => `\\u${unit}`).join('')}"`
    })
    const number = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)
    const plain = fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text))
    const tokens = fc.sample(fc.oneof(number, plain, escaped), 10_000)
    for (let at = 0; at < tokens.length; at += 500) {
      const some = tokens.slice(at, at + 500)
      // In a batch, with the id in the middle, and one of them alone, with the id at the end.
      const batch = some.map((id) => `{"jsonrpc":"2.0","id":${id},"method":"Instance.DescribeInstances"}`)
      const answer = await post(path, `[${batch.join(',')}]`)
      if (answer !== `[${some.map((id) => expected(id).trimEnd()).join(',')}]\n`) t.fail(`batch ${at}`)
      const last = some[0] ?? ''
      const single = `{"jsonrpc":"2.0","method":"Instance.DescribeInstances","id":${last}}`
      t.equal(await post(path, single), expected(last))
    }
  })
})

t.test('opaque values go through unharmed', async (t) => {
  const seen: unknown[] = []
  const metadata: Metadata = {
    list: ({ Path }) => Promise.resolve({ Nodes: [Path] }),
    get: () => Promise.resolve({ Value: seen[0] }),
  }
  const validate = async (request: { Properties?: unknown }) => void seen.unshift(request.Properties)
  const { path } = await serve(t, {
    offers: [offer(instanceInterface, instance({ validate })), offer(metadataInterface, metadata)],
  })
  for (const value of [
    '{"a":12345678901234567890,"__proto__":{"x":1},"z":0.1}',
    '{"__proto__":null,"constructor":{"prototype":1}}',
    '[{},[],"\\u0000"]',
    '1e999',
    'null',
  ]) {
    await post(path, `{"jsonrpc":"2.0","method":"Instance.Validate","params":{"Properties":${value}},"id":1}`)
    const answer = await post(path, '{"jsonrpc":"2.0","method":"Metadata.Get","params":{"Path":"a"},"id":1}')
    t.equal(answer, `{"jsonrpc":"2.0","result":{"Name":"","Value":${value}},"id":1}\n`)
  }
})

t.test('batches and notifications', async (t) => {
  const done: string[] = []
  const destroy = async ({ Instance }: { Instance: string }) => void done.push(Instance)
  const { path } = await serve(t, { offers: [offer(instanceInterface, instance({ destroy }))] })
  const call = (id?: string, name = 'x') =>
    `{"jsonrpc":"2.0","method":"Instance.Destroy","params":{"Instance":"${name}"}${id === undefined ? '' : `,"id":${id}`}}`
  const ok = (id: string) => `{"jsonrpc":"2.0","result":{"Type":"","OK":true},"id":${id}}`

  t.equal(await post(path, `[${call('1')}]`), `[${ok('1')}]\n`, 'a batch of one is answered by a batch')
  t.equal(await post(path, `[${call('1')},${call()},${call('"b"')}]`), `[${ok('1')},${ok('"b"')}]\n`)
  t.equal(await post(path, call(undefined, 'alone')), '', 'a notification is not answered')
  t.ok(done.includes('alone'), 'but it is done')
  t.equal(await post(path, `[${call()},${call()}]`), '', 'nor is a batch of notifications')
  t.equal(await post(path, '{"jsonrpc":"2.0","method":"No.Such"}'), '', 'nor one that fails')
  t.match(await post(path, '[]'), /"code":-32600.*"id":null/)
  t.same(
    (JSON.parse(await post(path, `[1,[],{},${call('2')}]`)) as { error?: { code: number }; id: unknown }[]).map(
      ({ error, id }) => [error?.code, id],
    ),
    [
      [-32600, null],
      [-32600, null],
      [-32600, null],
      [undefined, 2],
    ],
  )
  t.match(await post(path, `[${'1,'.repeat(1000)}1]`), /more than 1000/)
})

t.test('errors of the protocol', async (t) => {
  const { path } = await serve(t, { offers: [offer(instanceInterface, instance())] })
  const cases: [string | Buffer, RegExp][] = [
    ['not json', /^\{"jsonrpc":"2\.0","error":\{"code":-32700,.*"data":null\},"id":null\}\n$/],
    ['', /"code":-32700.*"id":null/],
    ['\ufeff{}', /"code":-32700/],
    [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), /"code":-32700.*UTF-8/],
    ['['.repeat(100_000), /"code":-32700.*nested/],
    [
      `{"jsonrpc":"2.0","method":"x","params":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)},"id":1}`,
      /"code":-32700.*nested/,
    ],
    ['5', /"code":-32600.*"id":null/],
    ['{}', /"code":-32600,"message":"jsonrpc must be 2\.0".*"id":null/],
    [
      '{"jsonrpc":"1.0","method":"x","id":12345678901234567890}',
      /jsonrpc must be 2\.0.*"id":12345678901234567890\}\n$/,
    ],
    ['{"jsonrpc":"2.0","id":1}', /"code":-32600,"message":"method must.*"id":1/],
    ['{"jsonrpc":"2.0","method":5,"id":1}', /"code":-32600,"message":"method must.*"id":1/],
    ['{"jsonrpc":"2.0","method":"x","id":{"a":1}}', /"code":-32600,"message":"id must.*"id":null/],
    ['{"jsonrpc":"2.0","method":"x","id":true}', /"code":-32600,"message":"id must.*"id":null/],
    [
      '{"jsonrpc":"2.0","method":"Instance.NoSuchMethod","id":1}',
      /\{"code":-32601,"message":"rpc: can't find method \\"Instance\.NoSuchMethod\\"","data":null\}/,
    ],
    [
      '{"jsonrpc":"2.0","method":"NoSuch.Method","id":1}',
      /\{"code":-32601,"message":"rpc: can't find service \\"NoSuch\.Method\\"","data":null\}/,
    ],
    ['{"jsonrpc":"2.0","method":"toString","id":1}', /-32601/],
    ['{"jsonrpc":"2.0","method":"__proto__","id":1}', /-32601/],
    ['{"jsonrpc":"2.0","method":"Instance.Validate","params":5,"id":1}', /-32602.*"Path":"params"/],
    ['{"jsonrpc":"2.0","method":"Instance.Validate","params":[{},{}],"id":1}', /-32602.*"Path":"params"/],
  ]
  for (const [body, expected] of cases) t.match(await post(path, body), expected, body.toString().slice(0, 60))
})

t.test('wrong types name the field', async (t) => {
  const { path } = await serve(t, { offers: [offer(instanceInterface, instance())] })
  t.match((await rpc(path, 'Instance.Provision', { Spec: { Tags: { a: 1 } } })).error, {
    code: -32602,
    message: 'Spec.Tags.a: expected a text, got a number',
    data: { Kind: 'input', Path: 'Spec.Tags.a' },
  })
  t.match((await rpc(path, 'Instance.DescribeInstances', { Type: 5 })).error, { code: -32602, data: { Path: 'Type' } })
})

t.test('unknown fields of other eras are passed over', async (t) => {
  const { path } = await serve(t, { offers: [offer(instanceInterface, instance())] })
  t.match(await rpc(path, 'Instance.Destroy', { Instance: 'a', Future: [1] }), { result: { OK: true } })
})

t.test('absent params are an empty request', async (t) => {
  const { path } = await serve(t, { offers: [offer(instanceInterface, instance())] })
  for (const params of ['', '"params":null,', '"params":[],', '"params":[{}],']) {
    const body = `{"jsonrpc":"2.0","method":"Instance.DescribeInstances",${params}"id":1}`
    t.match(await post(path, body), /"Descriptions":\[\]/)
  }
})

t.test('errors of handlers', async (t) => {
  const thrown: unknown[] = [
    new InfrakitError('conflict', 'it is being destroyed', { hint: 'wait', path: 'Spec.ID' }),
    new TypeError('a defect'),
    'just a text',
  ]
  const reported: [unknown, string][] = []
  const validate = () => Promise.reject(thrown[0] as Error)
  const describeInstances = () => Promise.resolve({ Descriptions: [1n as never] })
  const { path } = await serve(t, {
    offers: [offer(instanceInterface, instance({ validate, describeInstances }))],
    onError: (error, method) => void reported.push([error, method]),
  })
  t.same((await rpc(path, 'Instance.Validate')).error, {
    code: -32002,
    message: 'it is being destroyed',
    data: { Kind: 'conflict', Hint: 'wait', Path: 'Spec.ID' },
  })
  t.same(reported, [], 'what is foreseen is not reported')
  const defect = thrown.splice(0, 1) && thrown[0]
  t.same((await rpc(path, 'Instance.Validate')).error, {
    code: -32603,
    message: 'a defect',
    data: { Kind: 'internal' },
  })
  t.same(reported, [[defect, 'Instance.Validate']])
  thrown.shift()
  t.match((await rpc(path, 'Instance.Validate')).error, { code: -32603, message: 'just a text' })
  t.match((await rpc(path, 'Instance.DescribeInstances')).error, { code: -32603 }, 'a result that is no JSON')
  t.equal(reported.length, 3)
})

t.test('objects behind the socket', async (t) => {
  const named = (name: string) => instance({ provision: () => Promise.resolve({ ID: name }) })
  const sized = (size: number) => group({ size: () => Promise.resolve({ Size: size }) })
  const { path } = await serve(t, {
    offers: [
      offer(instanceInterface, named('main')),
      offer(instanceInterface, named('other'), 'compute'),
      offer(groupInterface, sized(1)),
      offer(groupInterface, sized(2), 'special'),
    ],
  })
  const provision = async (Type?: string) => rpc(path, 'Instance.Provision', { Type, Spec: {} })
  t.match(await provision(), { result: { Type: '', ID: 'main' } })
  t.match(await provision('.'), { result: { Type: '.', ID: 'main' } })
  t.match(await provision('compute'), { result: { Type: 'compute', ID: 'other' } })
  t.match(await provision('nosuchtype'), { error: { code: -32001, message: 'no-plugin:nosuchtype' } })
  const size = async (Name?: string) => rpc(path, 'Group.Size', { Name, ID: 'a' })
  t.match(await size(), { result: { Name: '', ID: 'a', Size: 1 } })
  t.match(await size('group'), { result: { Name: 'group', Size: 1 } })
  t.match(await size('group/special'), { result: { Name: 'group/special', Size: 2 } })
  t.match(await size('group/workers'), { result: { Name: 'group/workers', Size: 1 } }, 'a name may mean a group')
})

t.test('without an object "." the nameless request finds nothing', async (t) => {
  const { path } = await serve(t, { offers: [offer(instanceInterface, instance(), 'compute')] })
  t.match(await rpc(path, 'Instance.Validate'), { error: { message: 'no-plugin:.' } })
})

t.test('an answer handed on from another plugin gets the address of this one', async (t) => {
  const provision = () => Promise.resolve({ Type: 'theirs', ID: 'a' })
  const { path } = await serve(t, { offers: [offer(instanceInterface, instance({ provision }), 'ours')] })
  const { result } = await rpc(path, 'Instance.Provision', { Type: 'ours', Spec: {} })
  t.equal(JSON.stringify(result), '{"Type":"ours","ID":"a"}')
})

t.test('metadata paths of every era', async (t) => {
  const metadata: Metadata = {
    list: ({ Path }) => Promise.resolve({ Nodes: [Path] }),
    get: ({ Path }) => Promise.resolve({ Value: Path }),
  }
  const { path } = await serve(t, { offers: [offer(metadataInterface, metadata)] })
  const nodes = async (method: string, Path: unknown) => (await rpc(path, method, { Path })).result
  t.match(await nodes('Metadata.List', 'a/b'), { Nodes: ['a/b'] })
  t.match(await nodes('Metadata.Keys', 'a/b'), { Nodes: ['a/b'] })
  t.match(await nodes('Metadata.List', ['a', 'b']), { Nodes: ['a/b'] })
  t.match(await nodes('Metadata.List', null), { Nodes: ['.'] })
  t.match(await nodes('Metadata.Get', []), { Value: '.' })
})

t.test('a call can be intercepted', async (t) => {
  const seen: unknown[] = []
  const { path } = await serve(t, {
    offers: [offer(instanceInterface, instance())],
    intercept: async ({ definition, method, mutates, request, signal }, next) => {
      seen.push([definition.name, method, mutates, request, signal.aborted])
      if (method === 'Destroy') throw new InfrakitError('conflict', 'fenced')
      return next()
    },
  })
  t.match(await rpc(path, 'Instance.Provision', { Spec: {} }), { result: { ID: 'i-1' } })
  t.match(await rpc(path, 'Instance.Destroy', { Instance: 'a' }), { error: { code: -32002, message: 'fenced' } })
  await rpc(path, 'Handshake.Hello')
  t.same(seen, [
    ['Instance', 'Provision', true, { Spec: {} }, false],
    ['Instance', 'Destroy', true, { Instance: 'a' }, false],
  ])
})

t.test('handlers may be methods of a class', async (t) => {
  class Counter {
    #count = 0
    list = () => Promise.resolve({ Nodes: [] })
    async get(this: Counter) {
      return { Value: ++this.#count }
    }
  }
  const { path } = await serve(t, { offers: [offer(metadataInterface, new Counter())] })
  t.match(await rpc(path, 'Metadata.Get', { Path: 'x' }), { result: { Value: 1 } })
})

t.test('offers that are incomplete or contradict each other are refused', async (t) => {
  await t.rejects(serve(t, { offers: [offer(instanceInterface, { validate: true } as never)] }), /without a handler/)
  const twice = [offer(instanceInterface, instance()), offer(instanceInterface, instance())]
  await t.rejects(serve(t, { offers: twice }), /twice/)
})
