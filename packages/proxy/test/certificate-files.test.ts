import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeCertificate, rejection, skipFor, temporaryFolder } from '@infrakit/testing'
import t, { type Test } from 'tap'
import { readCertificate, stampOf } from '../src/index.js'

const skip = skipFor(['openssl'])

async function make(t: Test, name: string) {
  const { Certificate, Key } = makeCertificate(await temporaryFolder(t), name)
  return { certificate: Certificate, key: Key }
}

t.test('a certificate is read with its key', { skip }, async (t) => {
  const files = await make(t, 'shop')
  t.same(await readCertificate(files), {
    certificate: readFileSync(files.certificate, 'utf8'),
    key: readFileSync(files.key, 'utf8'),
    stamp: await stampOf(files),
  })
})

t.test('what cannot be used is refused, naming the field, the file and what to do', { skip }, async (t) => {
  const [one, two] = [await make(t, 'one'), await make(t, 'two')]
  const dir = await temporaryFolder(t)
  const file = (name: string, text: string) => {
    writeFileSync(join(dir, name), text)
    return join(dir, name)
  }
  const chain = file(
    'chain',
    `${readFileSync(one.certificate, 'utf8')}-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n`,
  )
  const cases: [what: object, path: string, message: RegExp][] = [
    [{ certificate: '/none' }, 'TLS.Certificate', /cannot use \/none: it cannot be read: ENOENT/],
    [{ key: '/none' }, 'TLS.Key', /cannot use \/none: it cannot be read: ENOENT/],
    [{ certificate: file('c', 'nonsense') }, 'TLS.Certificate', /cannot use .*\/c: /],
    [{ key: file('k', 'nonsense') }, 'TLS.Key', /cannot use .*\/k: /],
    [{ key: two.key }, 'TLS.Key', /cannot use .*: it is not the key of .*one\.pem/],
    [{ certificate: chain }, 'TLS.Certificate', /cannot use .*\/chain: /],
  ]
  for (const [what, path, message] of cases) {
    const error = await rejection(readCertificate({ ...one, ...what }))
    t.match(error, { kind: 'input', path, message, hint: /^Give / })
    t.notMatch(String((error as Error).stack), 'PRIVATE KEY')
  }
})

t.test('the stamp is another one once either file is another, or is gone', { skip }, async (t) => {
  const [files, other] = [await make(t, 'shop'), await make(t, 'other')]
  const stamps = [await stampOf(files)]
  t.equal(await stampOf(files), stamps[0])
  copyFileSync(other.key, files.key)
  stamps.push(await stampOf(files))
  renameSync(other.certificate, files.certificate)
  stamps.push(await stampOf(files))
  renameSync(files.certificate, other.certificate)
  stamps.push(await stampOf(files))
  t.equal(new Set(stamps).size, 4)
})
