import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createPlugins, parseTcp, withCredentials } from '@infrakit/discovery'
import { createClient } from '@infrakit/rpc/client'
import { metadataInterface } from '@infrakit/spi'
import { rejection, temporaryFolder } from '@infrakit/testing'
import type { Flags } from '../src/flags.js'
import { tcpFromFlags } from '../src/tcp.js'
import { runMain } from './support.js'

const listen = 'tcp://127.0.0.1:0'
const flags = (more: Partial<Flags>): Flags => ({ name: 'x', log: 4, maxBody: 8, ...more })

t.test('without --listen there is no TCP', async (t) => {
  t.equal(await tcpFromFlags(flags({})), undefined)
})

t.test('what is open to everybody is refused', async (t) => {
  const cases: [Partial<Flags>, RegExp][] = [
    [{ listen }, /refused to serve .* to everybody on this machine/],
    [{ listen: 'tcp://0.0.0.0:0' }, /refused to serve .* to everybody who can reach it/],
    [{ listen: 'tcp://0.0.0.0:0', insecure: true }, /refused to serve .* to everybody who can reach it/],
    [{ listen: 'tcp://127.example.org:0', insecure: true }, /refused/],
    [{ listen: 'tcp://[::]:0', insecure: true }, /refused/],
  ]
  for (const [given, message] of cases) {
    t.match(await rejection(tcpFromFlags(flags(given))), { kind: 'input', message, hint: /--tls-cert.*--token-file/ })
  }
})

t.test('loopback with --insecure is served', async (t) => {
  for (const host of ['127.0.0.1', '127.1.2.3', 'localhost', '::1']) {
    const text = host === '::1' ? '[::1]' : host
    t.same(await tcpFromFlags(flags({ listen: `tcp://${text}:80`, insecure: true })), { host, port: 80 })
  }
})

t.test('keys that are not complete, or cannot be read: the error names the flag', async (t) => {
  const folder = await temporaryFolder(t)
  const file = join(folder, 'f')
  writeFileSync(file, ' \n')
  const cases: [Partial<Flags>, RegExp][] = [
    [{ tlsCert: file }, /mutual TLS needs --tls-key and --tls-ca/],
    [{ tlsCert: file, tlsKey: file }, /mutual TLS needs --tls-ca/],
    [{ tlsCert: file, tlsKey: file, tlsCa: join(folder, 'none') }, /--tls-ca: ENOENT/],
    [{ tokenFile: join(folder, 'none') }, /--token-file: ENOENT/],
    [{ tokenFile: file }, /--token-file .*: expected one word/],
  ]
  for (const [given, message] of cases) {
    t.match(await rejection(tcpFromFlags(flags({ listen, ...given }))), { kind: 'input', message })
  }
})

t.test(
  'with a token: a .listen file instead of a socket; callers need the token; nothing is left behind',
  async (t) => {
    const folder = await temporaryFolder(t)
    writeFileSync(join(folder, 'token'), 's3cret-canary\n')
    const plugin = await runMain(t, ['--listen', listen, '--token-file', join(folder, 'token'), '--log', '5'])
    const url = String((await plugin.line('listening')).listen)
    t.same(readdirSync(plugin.plugins), ['sample.listen', 'sample.pid'])
    t.equal(readFileSync(join(plugin.plugins, 'sample.listen'), 'utf8'), `${url}\n`)
    const address = parseTcp(url)
    if (!address) return t.fail(url)
    const call = async (token?: string) => {
      const env = token === undefined ? {} : { INFRAKIT_TOKEN: token }
      const client = createClient(await withCredentials(address, env))
      t.teardown(() => client.close())
      return client.bind(metadataInterface).get({ Path: 'name' })
    }
    t.match(await call('s3cret-canary'), { Value: 'sample' })
    t.type(await rejection(call('wrong')), Error)
    t.type(await rejection(call()), Error)
    await plugin.end()
    t.same(readdirSync(plugin.plugins), [])
    t.notMatch(plugin.output(), 's3cret-canary', 'the token is not logged')
  },
)

t.test('insecure on loopback: found by its .listen file; a twin is refused', async (t) => {
  const plugin = await runMain(t, ['--listen', listen, '--insecure'])
  await plugin.line('listening')
  const plugins = createPlugins(plugin.plugins)
  t.teardown(() => plugins.close())
  t.match(await (await plugins.get(metadataInterface, 'sample')).get({ Path: 'name' }), { Value: 'sample' })
  t.match(await plugins.list(), [{ name: 'sample', pid: plugin.pid }])
  const twin = await runMain(t, [], { home: plugin.home })
  t.equal((await twin.exited).code, 1)
  t.match(twin.output(), `already running: process ${plugin.pid}`)
})

t.test('a port that is taken: one clear line, nothing is left behind', async (t) => {
  const first = await runMain(t, ['--listen', listen, '--insecure'])
  const url = String((await first.line('listening')).listen)
  const second = await runMain(t, ['--listen', url, '--insecure', '--name', 'b'], { home: first.home })
  t.equal((await second.exited).code, 1)
  t.match(second.output(), /^infrakit-sample: cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE/m)
  t.same(readdirSync(first.plugins), ['sample.listen', 'sample.pid'])
})

const openssl = hasOpenssl() ? false : 'needs openssl to make keys'

t.test('with mutual TLS: who has a certificate gets in, others do not', { skip: openssl }, async (t) => {
  const folder = await temporaryFolder(t)
  makeKeys(folder)
  const file = (name: string) => join(folder, name)
  const tls = ['--tls-cert', file('server.crt'), '--tls-key', file('server.key'), '--tls-ca', file('ca.crt')]
  const plugin = await runMain(t, ['--listen', listen, ...tls])
  await plugin.line('listening')
  const address = parseTcp(readFileSync(join(plugin.plugins, 'sample.listen'), 'utf8'))
  if (!address) return t.fail('no address')
  const call = async (env: Record<string, string>) => {
    const client = createClient(await withCredentials(address, env))
    t.teardown(() => client.close())
    return client.bind(metadataInterface).get({ Path: 'name' })
  }
  const ca = { INFRAKIT_TLS_CA: file('ca.crt') }
  const own = { INFRAKIT_TLS_CERT: file('client.crt'), INFRAKIT_TLS_KEY: file('client.key') }
  t.match(await call({ ...ca, ...own }), { Value: 'sample' })
  t.type(await rejection(call(ca)), Error, 'no certificate')
  t.type(await rejection(call(own)), Error, 'a server that it does not know')
  t.type(await rejection(call({})), Error, 'no TLS')
  await plugin.end()
  t.notOk(existsSync(join(plugin.plugins, 'sample.listen')))
})

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** An authority, and a certificate for 127.0.0.1 and for a client, signed by it. */
function makeKeys(folder: string): void {
  const run = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  run('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=test-ca', '-days', '2')
  writeFileSync(join(folder, 'san'), 'subjectAltName=IP:127.0.0.1')
  for (const name of ['server', 'client']) {
    run('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`)
    const signing = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'san']
    run('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.crt`, ...signing)
  }
}
