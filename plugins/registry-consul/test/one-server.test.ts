import { execFileSync } from 'node:child_process'
import { ownConsul } from '@infrakit/testing/consul'
import { skipFor, waitUntil } from '@infrakit/testing'
import t, { type Test } from 'tap'
import { openRegistry, refusal } from './support.js'

const skip = skipFor(['consul'])

/** What a user sees who asks Consul itself. */
function consul(address: string, ...args: string[]): string {
  return execFileSync('consul', args, { encoding: 'utf8', env: { ...process.env, CONSUL_HTTP_ADDR: address } }).trim()
}

async function opened(t: Test) {
  const [{ address }] = await ownConsul(t)
  const open = openRegistry(t, [address])
  await open.followed()
  return { address, ...open }
}

t.test('keys', { skip }, async (t) => {
  const { address, registry } = await opened(t)
  const { Version } = await registry.put({ Key: 'shop/colour', Value: 'blue', IfVersion: 0 })
  t.equal(consul(address, 'kv', 'get', 'infrakit/keys/shop/colour'), 'blue', 'values can be read with the command')
  consul(address, 'kv', 'put', 'infrakit/keys/shop/scale', '3')
  consul(address, 'kv', 'put', 'elsewhere/keys/shop/x', 'x')
  consul(address, 'kv', 'put', 'infrakit/keys/shop/', '')
  const { Entries } = await registry.list({ Prefix: 'shop' })
  t.match(Entries, [
    { Key: 'shop/colour', Value: 'blue', Version },
    { Key: 'shop/scale', Value: '3' },
  ])
  t.equal(Entries.length, 2, 'neither folders nor what stands elsewhere')

  const same = await registry.put({ Key: 'shop/colour', Value: 'blue', IfVersion: Version })
  t.ok(same.Version > Version, 'writing the same is a change as well')
  t.match(await refusal(registry.put({ Key: 'shop/colour', Value: 'blue', IfVersion: Version })), {
    kind: 'conflict',
    message: `nothing was changed: 'shop/colour' was to be at version ${Version}, and it is at version ${same.Version}`,
    hint: 'Look again, and decide anew.',
  })
  t.match((await refusal(registry.delete({ Key: 'shop/none', IfVersion: 5 }))).message, /and there is none$/)
  t.match((await refusal(registry.put({ Key: 'shop/colour', Value: '', IfVersion: 0 }))).message, /was to be new/)

  execFileSync('curl', ['-sX', 'PUT', '--data-binary', '@-', `${address}/v1/kv/infrakit/keys/bytes`], {
    input: Buffer.from([0xff, 0xfe]),
  })
  t.match(await refusal(registry.get({ Key: 'bytes' })), {
    kind: 'plugin-failed',
    message: /no text/,
    hint: /consul kv get 'infrakit\/keys\/bytes'/,
  })
})

t.test('the largest transactions', { skip }, async (t) => {
  const { registry } = await opened(t)
  const { Lease } = await registry.acquire({ Name: 'many', Owner: 'test' })
  const puts = Array.from({ length: 60 }, (_, index) => ({
    Put: { Key: `many/${index}`, Value: 'x'.repeat(4300), IfVersion: 0 },
  }))
  const { Versions } = await registry.txn({ Operations: puts, Lease })
  t.equal(Versions.length, 60, 'sixty puts and a lease')
  const deletes = (count: number) =>
    Versions.slice(0, count).map((IfVersion, index) => ({ Delete: { Key: `many/${index}`, IfVersion } }))
  t.match(await refusal(registry.txn({ Operations: deletes(60), Lease })), { kind: 'input', hint: /two/ })
  t.equal((await registry.list({ Prefix: 'many' })).Entries.length, 60, 'nothing was deleted')
  await registry.txn({ Operations: deletes(31), Lease })
  t.equal((await registry.list({ Prefix: 'many' })).Entries.length, 29)
  const wrong = await refusal(registry.txn({ Operations: [{ Check: { Key: 'many/59', Version: 1 } }] }))
  t.match(wrong, { kind: 'conflict', message: /'many\/59' was to be at version 1, and it is at version \d+/ })
})

t.test('leases', { skip }, async (t) => {
  const { address, registry } = await opened(t)
  const asked = { Name: 'shop/deploy', Owner: 'one', Reason: 'release 3', TTLSeconds: 1 }
  const { Lease } = await registry.acquire(asked)
  t.match(Lease, { Owner: 'one', Reason: 'release 3', TTLSeconds: 10 }, 'says that it is longer than asked')
  const sessions = () =>
    JSON.parse(execFileSync('curl', ['-s', `${address}/v1/session/list`], { encoding: 'utf8' })) as object[]
  t.match(
    sessions(),
    [{ TTL: '10s', LockDelay: 0, Behavior: 'release', NodeChecks: [] }],
    'a session that only its term ends',
  )
  t.match(consul(address, 'kv', 'get', 'infrakit/leases/shop/deploy'), /"Owner":"one"/)
  t.match(await refusal(registry.acquire({ Name: 'shop/deploy', Owner: 'two' })), {
    kind: 'conflict',
    message: /the lease 'shop\/deploy' is held by 'one' \(since 20\S+Z: release 3\)/,
    hint: /runs out after at most 20 s/,
  })
  const again = (await registry.acquire(asked)).Lease
  t.ok(again.Epoch > Lease.Epoch)
  t.match(await refusal(registry.renew(Lease)), { kind: 'conflict', message: /'one' .* holds it/ })
  await waitUntil('the end of the first session', () => sessions().length === 1)
  t.equal((await registry.renew(again)).Lease.Since, again.Since)

  consul(address, 'kv', 'delete', 'infrakit/leases/shop/deploy')
  t.match(await refusal(registry.put({ Key: 'a', Value: 'b', Lease: again })), {
    kind: 'conflict',
    message: /nobody holds it/,
  })
  const anew = (await registry.acquire({ Name: 'shop/deploy', Owner: 'two' })).Lease
  t.ok(anew.Epoch > again.Epoch, 'it grows also when somebody deleted the key')
})

t.test(
  'a lease whose session has run out goes to another one, and whoever had it and was paused is refused',
  { skip },
  async (t) => {
    const { address, registry } = await opened(t)
    const { Lease } = await registry.acquire({ Name: 'deploy', Owner: 'paused' })
    const before = await registry.put({ Key: 'release', Value: 'before', Lease })
    const other = openRegistry(t, [address]).registry
    t.match(await refusal(other.acquire({ Name: 'deploy', Owner: 'other' })), { kind: 'conflict' })
    const [session] = JSON.parse(execFileSync('curl', ['-s', `${address}/v1/session/list`], { encoding: 'utf8' })) as {
      ID: string
    }[]
    execFileSync('curl', ['-sX', 'PUT', `${address}/v1/session/destroy/${session?.ID}`])
    const { Lease: next } = await other.acquire({ Name: 'deploy', Owner: 'other' })
    t.ok(next.Epoch > Lease.Epoch, 'at once: there is no lock delay')
    for (const [what, call] of [
      ['put', () => registry.put({ Key: 'release', Value: 'late', Lease })],
      ['delete', () => registry.delete({ Key: 'release', Lease })],
      ['txn', () => registry.txn({ Operations: [{ Put: { Key: 'new', Value: 'late' } }], Lease })],
      ['renew', () => registry.renew(Lease)],
    ] as const) {
      t.match(await refusal(call()), { kind: 'conflict', message: /'other' .* holds it/ }, what)
    }
    await registry.release(Lease)
    t.equal((await other.renew(next)).Lease.Epoch, next.Epoch, 'and a late release leaves it')
    t.same((await other.list({ Prefix: '' })).Entries, [{ Key: 'release', Value: 'before', Version: before.Version }])
  },
)

t.test('each prefix is a registry of its own', { skip }, async (t) => {
  const { address, registry, topics } = await opened(t)
  const other = openRegistry(t, [address], { prefix: 'infrakit/team' })
  await other.followed()
  await registry.put({ Key: 'colour', Value: 'blue' })
  await registry.acquire({ Name: 'deploy', Owner: 'one' })
  t.same(await other.registry.list({ Prefix: '' }), { Entries: [] })
  t.same(await other.registry.holder({ Name: 'deploy' }), {})
  await other.registry.put({ Key: 'colour', Value: 'green', IfVersion: 0 })
  await other.registry.acquire({ Name: 'lock', Owner: 'two' })
  t.equal((await registry.get({ Key: 'colour' })).Entry?.Value, 'blue')
  t.same((await registry.list({ Prefix: '' })).Entries.length, 1)
  await waitUntil('its events', () => other.topics.includes('registry/leases/lock'))
  t.same(new Set(other.topics), new Set(['registry/keys/colour', 'registry/leases/lock']), 'nothing of the other one')
  await registry.put({ Key: 'last', Value: 'x' })
  await waitUntil('its own events', () => topics.includes('registry/keys/last'))
  t.notOk(topics.includes('registry/leases/lock'))
})

t.test('a holder is believed no longer than its term, by the clock of the plugin', { skip }, async (t) => {
  const [{ address }] = await ownConsul(t)
  let late = 0
  const { registry } = openRegistry(t, [address], { now: () => performance.now() + late })
  const { Lease } = await registry.acquire({ Name: 'term', Owner: 'one', TTLSeconds: 20 })
  await registry.put({ Key: 'before', Value: 'x', Lease })
  late = 20_000
  t.match(await refusal(registry.put({ Key: 'after', Value: 'x', Lease })), {
    kind: 'conflict',
    message: /has run out/,
  })
  t.match(await refusal(registry.renew(Lease)), { kind: 'conflict', message: /has run out/ })
  const other = openRegistry(t, [address]).registry
  t.equal((await other.holder({ Name: 'term' })).Lease?.Epoch, Lease.Epoch, 'control: Consul still believes it')
  await other.put({ Key: 'by-another-process', Value: 'x', Lease })
  const { Lease: next } = await registry.acquire({ Name: 'term', Owner: 'one' })
  t.match(await refusal(other.put({ Key: 'after', Value: 'x', Lease })), { kind: 'conflict' })
  await registry.put({ Key: 'after', Value: 'x', Lease: next })
})

t.test('services', { skip }, async (t) => {
  const { address, registry, topics } = await opened(t)
  const shop = { Name: 'shop', ID: 'shop-1', Address: '127.0.0.1', Port: 8080, Tags: ['blue'] }
  await registry.register({ Service: { ...shop, Check: { TTLSeconds: 60 } } })
  await registry.register({ Service: { ...shop, ID: 'shop-2', Tags: null } })
  t.same((await registry.services({})).Services, [
    { ...shop, Check: { TTLSeconds: 60 }, Health: 'passing' },
    { ...shop, ID: 'shop-2', Tags: [], Health: 'passing' },
  ])
  t.match(consul(address, 'catalog', 'services', '-tags'), /^shop +blue$/m)
  consul(address, 'maint', '-enable', '-service=shop-2')
  await waitUntil(
    'maintenance',
    async () => (await registry.services({ Name: 'shop' })).Services[1]?.Health === 'critical',
  )
  await waitUntil('its event', () => topics.includes('registry/services/shop'))
  await registry.register({ Service: { ...shop, Check: { TCP: '127.0.0.1:1', IntervalSeconds: 60 } } })
  t.match(
    (await registry.services({})).Services[0],
    { Check: { TCP: '127.0.0.1:1' }, Health: 'critical' },
    'checks are replaced',
  )
  for (const ID of ['shop-1', 'shop-2', 'nobody']) await registry.deregister({ ID })
  t.same((await registry.services({})).Services, [])
})
