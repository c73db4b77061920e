import { rejection, skipFor } from '@infrakit/testing'
import {
  account,
  createProxy,
  docker,
  needsDocker,
  push,
  startRegistry,
  testImage,
  variant,
} from '@infrakit/testing/engine'
import t from 'tap'
import { registryDigest } from '../src/registry-digest.js'
import { rejects, testEngine } from './support.js'

const skip = needsDocker.skip || skipFor(['docker-registry'])
const none = { env: {}, home: '/nowhere', retries: 0 }

t.test('what a tag means in its registry', { skip }, async (t) => {
  const engine = await testEngine(t)
  const { host } = await startRegistry(t)
  const name = `${host}/app:1`
  const digest = push(variant(t, testImage('busybox')), name)
  t.equal(await registryDigest(engine, name, none), digest)
  t.equal(await registryDigest(engine, `${host}/app@${digest}`, none), digest)
  t.equal(docker('images', '-q', name), '', 'nothing is pulled')
  const moved = push(variant(t, testImage('busybox')), name)
  t.not(moved, digest)
  t.equal(await registryDigest(engine, name, none), moved)
  await rejects(t, registryDigest(engine, `${host}/app:none`, none), { kind: 'not-found', hint: /Correct the name/ })
  await rejects(t, registryDigest(engine, `${host}/none:1`, none), { kind: 'not-found' })
  await rejects(t, registryDigest(engine, 'No Name', none), { kind: 'input' })
  const away = { kind: 'unavailable', message: /ask 127\.0\.0\.1:1 for the digest of .*refused/ }
  await rejects(t, registryDigest(engine, '127.0.0.1:1/app', { ...none, retries: 1 }), away)
})

t.test('a registry that asks who one is', { skip }, async (t) => {
  const engine = await testEngine(t)
  const { host } = await startRegistry(t, { authenticated: true })
  const auth = { ...account, serveraddress: host }
  const name = `${host}/app:1`
  const denied = { kind: 'input', hint: new RegExp(`docker login ${host}`) }
  await rejects(t, registryDigest(engine, name, none), denied)
  const error = await rejection(registryDigest(engine, name, { ...none, auth: { ...auth, password: 'wrong-s3cret' } }))
  t.match(error, { ...denied, hint: /refused the stored credentials/ })
  t.notMatch(String(error) + JSON.stringify(error), /s3cret/)
  await rejects(
    t,
    registryDigest(engine, name, { ...none, auth }),
    { kind: 'not-found' },
    'who may, is told that there is none',
  )
})

t.test('an engine that answers nothing, or something else', needsDocker, async (t) => {
  const proxy = await createProxy(t, '/var/run/docker.sock')
  const engine = await testEngine(t, { kind: 'unix', path: proxy.path })
  proxy.manner = 'silent'
  await rejects(t, registryDigest(engine, 'app:1', none, { timeout: 200 }), { kind: 'timeout' })
  proxy.manner = { say: 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}' }
  await rejects(t, registryDigest(engine, 'app:1', none), {
    kind: 'unavailable',
    message: /what no Docker engine does/,
  })
})
