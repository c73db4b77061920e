import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { kindOf, messageOf } from '@infrakit/spi'
import { rejection, temporaryFolder } from '@infrakit/testing'
import t from 'tap'
import { readSettings } from '../src/settings.js'

const flags = { prefix: 'infrakit', timeout: '10s' }

t.test('what is not given', async (t) => {
  t.match(await readSettings(flags, {}), {
    addresses: ['http://127.0.0.1:8500'],
    prefix: 'infrakit',
    timeoutMs: 10_000,
    token: undefined,
    tls: undefined,
  })
})

t.test('where the token comes from', async (t) => {
  const file = join(await temporaryFolder(t), 'token')
  await writeFile(file, 'from-file\n')
  const env = { CONSUL_HTTP_TOKEN: 'from-environment' }
  t.equal((await readSettings(flags, env)).token, 'from-environment')
  t.equal((await readSettings({ ...flags, consulTokenFile: file }, env)).token, 'from-file')
  t.equal((await readSettings(flags, { CONSUL_HTTP_TOKEN: '' })).token, undefined)
  await writeFile(file, 'two words')
  const refused = await rejection(readSettings({ ...flags, consulTokenFile: file }, {}))
  t.notMatch(messageOf(refused), /two words/, 'it is never shown')
})

t.test('what is refused', async (t) => {
  const folder = await temporaryFolder(t)
  const empty = join(folder, 'empty')
  await writeFile(empty, '')
  const cases: [what: string, more: object, said: RegExp][] = [
    ['no URL', { address: ['localhost:8500'] }, /--address: expected http/],
    ['another protocol', { address: ['unix:///x'] }, /--address: expected http/],
    ['a query', { address: ['http://h:1/?token=x'] }, /--address: expected http/],
    ['an empty word', { prefix: 'a//b' }, /--prefix: expected words/],
    ['no prefix', { prefix: '' }, /--prefix: expected words/],
    ['no duration', { timeout: 'soon' }, /--timeout: expected a duration/],
    ['no time', { timeout: '0' }, /--timeout: expected at least/],
    ['a key without certificate', { keyFile: empty }, /--cert-file is missing/],
    ['a certificate without key', { certFile: empty }, /--key-file is missing/],
    ['TLS and http', { caFile: empty }, /of no use to an --address with http/],
    ['no such file', { caFile: join(folder, 'none'), address: ['https://h:1'] }, /--ca-file: ENOENT/],
    ['an empty token', { consulTokenFile: empty }, /expected one word/],
  ]
  for (const [what, more, said] of cases) {
    const error = await rejection(readSettings({ ...flags, ...more }, {}))
    t.equal(kindOf(error), 'input', what)
    t.match(messageOf(error), said, what)
  }
})
