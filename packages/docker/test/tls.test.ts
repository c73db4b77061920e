import { copyFile, mkdir, readFile, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { createServer, type TLSSocket } from 'node:tls'
import t from 'tap'
import { skipFor, temporaryFolder, type Teardown } from '@infrakit/testing'
import { needsDocker } from '@infrakit/testing/engine'
import { parseAddress, type TlsChoice } from '../src/engine-address.js'
import { connect, openEngine } from '../src/engine.js'
import { engineVersion } from '../src/version.js'
import { makeKeys } from './keys.js'
import { rejects } from './support.js'

/** The engine of this machine behind mutual TLS; answers the environment in which clients find it. */
async function serve(t: Teardown, folder: string): Promise<{ DOCKER_HOST: string; HOME: string }> {
  makeKeys(folder)
  const read = (name: string) => readFile(join(folder, name))
  const [ca, cert, key] = await Promise.all(['ca.pem', 'server-cert.pem', 'server-key.pem'].map(read))
  const open = new Set<TLSSocket>()
  const server = createServer({ ca, cert, key, requestCert: true, rejectUnauthorized: true }, (client) => {
    open.add(client)
    const upstream = createConnection('/var/run/docker.sock')
    client.on('error', () => upstream.destroy())
    upstream.on('error', () => client.destroy())
    client.pipe(upstream).pipe(client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    open.forEach((client) => client.destroy())
    server.close()
  })
  return { DOCKER_HOST: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`, HOME: folder }
}

const skip = needsDocker.skip || skipFor(['openssl'])

t.test('an engine behind TLS', { skip }, async (t) => {
  const folder = await temporaryFolder(t)
  const env = await serve(t, folder)
  async function version(more: NodeJS.ProcessEnv) {
    const engine = await connect({ env: { ...env, ...more }, home: folder })
    try {
      return await engineVersion(engine)
    } finally {
      engine.close()
    }
  }
  /** A folder with some of the keys, by the names that they should have. */
  async function some(name: string, files: Record<string, string>) {
    await mkdir(join(folder, name))
    for (const [to, from] of Object.entries(files)) await copyFile(join(folder, from), join(folder, name, to))
    return join(folder, name)
  }
  t.match(await version({ DOCKER_CERT_PATH: folder, DOCKER_TLS_VERIFY: '1' }), { version: /./ })
  t.match(await version({ DOCKER_CERT_PATH: folder }), { version: /./ })
  const keys = { 'cert.pem': 'cert.pem', 'key.pem': 'key.pem' }
  t.match(await version({ DOCKER_TLS: '1', DOCKER_CERT_PATH: await some('unchecked', keys) }), { version: /./ })
  await rejects(t, version({ DOCKER_CERT_PATH: await some('no-ca', keys) }), {
    kind: 'unavailable',
    hint: /authority in ca.pem/,
  })
  const ca = await some('ca-only', { 'ca.pem': 'ca.pem' })
  await rejects(t, version({ DOCKER_CERT_PATH: ca }), { kind: 'unavailable' }, 'no certificate of ours')
  await rejects(t, version({}), { kind: 'unavailable' }, 'no TLS')
  const half = await some('half', { 'ca.pem': 'ca.pem', 'cert.pem': 'cert.pem' })
  await rejects(t, version({ DOCKER_CERT_PATH: half }), { kind: 'input', message: /cert.pem without key.pem/ })
  const localhost = env.DOCKER_HOST.replace('127.0.0.1', 'localhost')
  const otherName = version({ DOCKER_CERT_PATH: folder, DOCKER_HOST: localhost })
  await rejects(t, otherName, { kind: 'unavailable', hint: /not for this name/ }, 'the certificate of another name')
  await rm(join(folder, 'no-ca'), { recursive: true })
  const plain = version({ DOCKER_CERT_PATH: folder, DOCKER_HOST: 'tcp://127.0.0.1:1' })
  await rejects(t, plain, { kind: 'unavailable', hint: /Is the engine running/ })

  /** By files with names of their own, wherever they are. */
  async function versionBy(files: NonNullable<TlsChoice['files']>) {
    const tls = { folder: undefined, files, verify: true }
    const engine = await openEngine(parseAddress(env.DOCKER_HOST, 'the test', tls))
    try {
      return await engineVersion(engine)
    } finally {
      engine.close()
    }
  }
  const named = { ca: join(folder, 'ca.pem'), cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  t.match(await versionBy(named), { version: /./ })
  await rejects(t, versionBy({ ...named, ca: undefined }), { kind: 'unavailable' }, 'no authority is named')
  const missing = versionBy({ ...named, ca: join(folder, 'none.pem') })
  await rejects(t, missing, { kind: 'input', message: /cannot read .*none\.pem/ }, 'what is named has to be there')
})
