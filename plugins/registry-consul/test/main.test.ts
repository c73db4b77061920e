import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ownConsul, untilWritable } from '@infrakit/testing/consul'
import { skipFor, startProcess, temporaryFolder, temporaryPlugin, waitUntil } from '@infrakit/testing'
import t from 'tap'
import { openRegistry, refusal } from './support.js'

const skip = skipFor(['consul'])
const executable = fileURLToPath(new URL('../../bin/infrakit-registry-consul.js', import.meta.url))

t.test('it starts and waits for a Consul that is not there yet, and takes up what it held', { skip }, async (t) => {
  const [consul] = await ownConsul(t)
  const plugin = await temporaryPlugin(t, executable, { args: ['--address', consul.address, '--timeout', '2s'] })
  const { Lease } = await plugin.call('Registry.Acquire', { Name: 'deploy', Owner: 'me', TTLSeconds: 60 })
  await consul.end('SIGKILL')
  await plugin.kill()
  await plugin.start()
  t.match(await refusal(plugin.call('Registry.Get', { Key: 'a' })), { message: /cannot read .* Consul at http/ })
  await consul.start()
  const Key = 'after'
  await waitUntil('a write', () => plugin.call('Registry.Put', { Key, Value: 'x', Lease }), 60_000)
  await plugin.call('Registry.Renew', Lease as object)
})

t.test('it is refused at its start', async (t) => {
  const home = await temporaryFolder(t)
  const started = startProcess(t, executable, ['--address', 'localhost:8500'], { INFRAKIT_HOME: home })
  t.equal((await started.exited).code, 2)
  t.match(started.output(), /--address: expected http:\/\/HOST:PORT/)
})

/** What the README says that a token needs. */
const rules = `
key_prefix "infrakit/" { policy = "write" }
session_prefix "" { policy = "write" }
service_prefix "" { policy = "write" }
node_prefix "" { policy = "read" }
agent_prefix "" { policy = "read" }
`

t.test('with access control', { skip }, async (t) => {
  const master = randomUUID()
  const acl = { enabled: true, default_policy: 'deny', tokens: { master, agent: master } }
  const [consul] = await ownConsul(t, { config: { acl }, writable: false })
  await untilWritable(consul, master)
  const run = (...args: string[]) =>
    execFileSync('consul', args, {
      encoding: 'utf8',
      env: { ...process.env, CONSUL_HTTP_ADDR: consul.address, CONSUL_HTTP_TOKEN: master },
    })
  run('acl', 'policy', 'create', '-name', 'infrakit', '-rules', rules)
  const made = run('acl', 'token', 'create', '-policy-name', 'infrakit', '-format', 'json')
  const token = (JSON.parse(made) as { SecretID: string }).SecretID
  const { registry, topics, followed } = openRegistry(t, [consul.address], { token })
  await followed()
  const { Lease } = await registry.acquire({ Name: 'deploy', Owner: 'me' })
  await registry.put({ Key: 'colour', Value: 'blue', Lease })
  await registry.renew(Lease)
  await registry.release(Lease)
  await registry.register({
    Service: { Name: 'shop', ID: 'shop-1', Address: 'h', Port: 1, Check: { TTLSeconds: 60 } },
  })
  await waitUntil('events', () => topics.length >= 3)
  t.match((await registry.services({})).Services, [{ ID: 'shop-1', Health: 'passing' }])
  await registry.deregister({ ID: 'shop-1' })
  t.match((await registry.list({ Prefix: '' })).Entries, [{ Key: 'colour' }])

  const wrong = randomUUID()
  for (const [what, more] of [
    ['no token', {}],
    ['a wrong one', { token: wrong }],
    ['one for other keys', { token, prefix: 'elsewhere' }],
  ] as const) {
    const refused = openRegistry(t, [consul.address], more).registry
    const put = await refusal(refused.put({ Key: 'colour', Value: 'green' }))
    t.match(put, { kind: 'plugin-failed', hint: /--consul-token-file or CONSUL_HTTP_TOKEN/ }, `${what}: a put`)
    t.notMatch(put.message, wrong, 'the token is not shown')
    t.match(await refusal(refused.get({ Key: 'colour' })), { kind: 'plugin-failed' }, `${what}: a get`)
    t.match(await refusal(refused.acquire({ Name: 'x', Owner: 'x' })), { kind: 'plugin-failed' }, `${what}: a lease`)
  }
})

t.test('with TLS on both sides', { skip }, async (t) => {
  const folder = await temporaryFolder(t)
  const make = (...args: string[]) => execFileSync('consul', ['tls', ...args], { cwd: folder, stdio: 'ignore' })
  make('ca', 'create')
  make('cert', 'create', '-server')
  make('cert', 'create', '-client')
  make('ca', 'create', '-domain', 'stranger')
  const file = (name: string) => join(folder, name)
  const [ca, server] = [file('consul-agent-ca.pem'), 'dc1-server-consul-0']
  const config = { ca_file: ca, cert_file: file(`${server}.pem`), key_file: file(`${server}-key.pem`) }
  const secure = { config: { ...config, verify_incoming_https: true }, secure: true }
  const [{ address: plain, secureAddress }] = await ownConsul(t, secure)
  const shown = [
    ['--cert-file', file('dc1-client-consul-0.pem')],
    ['--key-file', file('dc1-client-consul-0-key.pem')],
  ].flat()
  const cases: [what: string, args: string[], said: RegExp | undefined][] = [
    ['all of it', ['--ca-file', ca, ...shown], undefined],
    ['an unknown authority', shown, /certificate/],
    ['the wrong authority', ['--ca-file', file('stranger-agent-ca.pem'), ...shown], /certificate/],
    ['no certificate to show', ['--ca-file', ca], /Consul at https/],
  ]
  for (const [what, args, said] of cases) {
    const flags = ['--address', secureAddress, '--timeout', '5s', ...args]
    const plugin = await temporaryPlugin(t, executable, { args: flags })
    const put = await refusal(plugin.call('Registry.Put', { Key: 'a', Value: 'b' }))
    t.match(put.message, said ?? /^it succeeded$/, what)
  }
  const confused = openRegistry(t, [secureAddress.replace('https', 'http')]).registry
  t.match(await refusal(confused.get({ Key: 'a' })), { kind: 'unavailable', hint: /https:/ })
  const other = openRegistry(t, [plain.replace('http', 'https')]).registry
  t.match(await refusal(other.get({ Key: 'a' })), { kind: 'unavailable', hint: /https:/ })
})

t.test('a datacentre and a namespace', { skip }, async (t) => {
  const [{ address }] = await ownConsul(t)
  await openRegistry(t, [address], { datacenter: 'dc1' }).registry.put({ Key: 'a', Value: 'b' })
  const nowhere = openRegistry(t, [address], { datacenter: 'nowhere' }).registry
  t.match(await refusal(nowhere.get({ Key: 'a' })), { kind: 'unavailable', hint: /--datacenter/ })
  const team = openRegistry(t, [address], { namespace: 'team' }).registry
  t.match(await refusal(team.get({ Key: 'a' })), { kind: 'plugin-failed', hint: /--namespace.*--prefix/ })
})
