import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { rejection, temporaryFolder } from '@infrakit/testing'
import t from 'tap'
import { formatTcp, parseTcp, withCredentials } from '../src/index.js'

t.test('tcp://host:port is read and written', async (t) => {
  for (const [text, host, port] of [
    ['tcp://127.0.0.1:80', '127.0.0.1', 80],
    ['tcp://[::1]:8080', '::1', 8080],
    ['tcp://db-1.example:65535', 'db-1.example', 65_535],
  ] as const) {
    t.same(parseTcp(text), { host, port })
    t.equal(formatTcp(host, port), text)
  }
  t.same(parseTcp('tcp://h:1/\n'), { host: 'h', port: 1 }, 'a line end and a slash do no harm')
})

t.test('anything else is not', async (t) => {
  for (const text of [
    '',
    'tcp://',
    'tcp://h',
    'tcp://:1',
    'tcp://h:65536',
    'tcp://h:x',
    'http://h:1',
    'h:1',
    'tcp://u@h:1',
  ]) {
    t.equal(parseTcp(text), undefined, text)
  }
})

t.test('credentials come from the environment, for TCP alone', async (t) => {
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'f'), 'from file\n')
  const file = join(folder, 'f')
  const tcp = { host: 'h', port: 1 }
  t.same(await withCredentials(tcp, {}), tcp)
  t.same(await withCredentials({ path: '/s' }, { INFRAKIT_TOKEN: 'x' }), { path: '/s' })
  t.same(await withCredentials(tcp, { INFRAKIT_TOKEN: 'x', INFRAKIT_TOKEN_FILE: file }), { ...tcp, token: 'x' })
  t.same(await withCredentials(tcp, { INFRAKIT_TOKEN_FILE: file }), { ...tcp, token: 'from file' })
  const tls = { INFRAKIT_TLS_CA: file, INFRAKIT_TLS_CERT: file, INFRAKIT_TLS_KEY: file }
  const text = 'from file\n'
  t.same(await withCredentials(tcp, tls), { ...tcp, tls: { ca: text, cert: text, key: text } })
})

t.test('a file that cannot be read: error names the variable', async (t) => {
  const error = await rejection(withCredentials({ host: 'h', port: 1 }, { INFRAKIT_TLS_KEY: '/no/such/file' }))
  t.match(error, { kind: 'input', message: /INFRAKIT_TLS_KEY/, hint: /INFRAKIT_TLS_KEY/ })
})
