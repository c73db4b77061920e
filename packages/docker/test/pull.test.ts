import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { rejection, skipFor, temporaryFolder, type Teardown } from '@infrakit/testing'
import {
  account,
  createProxy,
  docker,
  needsDocker,
  push,
  startRegistry,
  testImage,
  unique,
  variant,
} from '@infrakit/testing/engine'
import { inspectImage } from '../src/images.js'
import type { PullProgress } from '../src/pull-progress.js'
import { pullImage } from '../src/pull.js'
import { rejects, testEngine } from './support.js'

const skip = needsDocker.skip || skipFor(['docker-registry'])
const none = { env: {}, home: '/nowhere' }

function forget(t: Teardown, name: string): string {
  t.teardown(() => docker('rmi', '--force', name))
  return name
}

t.test('an image is pulled as the policy says, also when its tag has moved', { skip }, async (t) => {
  const engine = await testEngine(t)
  const { host } = await startRegistry(t)
  const name = forget(t, `${host}/app:1`)
  const first = variant(t, testImage('busybox'))
  const digest = push(first, name)
  const { id } = await inspectImage(engine, first)
  await rejects(t, pullImage(engine, name, { ...none, policy: 'never' }), {
    kind: 'not-found',
    message: /there is no image .*app:1/,
    hint: /the policy is "never"/,
  })
  const progress: PullProgress[] = []
  const pulled = await pullImage(engine, name, { ...none, onProgress: (one) => progress.push(one) })
  t.match(pulled, { id, tags: [name, first], digests: [`${host}/app@${digest}`] })
  t.ok(
    progress.some(({ layer, status }) => layer !== undefined && status !== ''),
    'layers are told',
  )
  t.ok(progress.some(({ status }) => status.includes('Downloaded newer image') || status.includes('up to date')))
  const moved = variant(t, testImage('busybox'))
  const movedDigest = push(moved, `${host}/app:1`)
  docker('tag', first, name)
  t.equal((await pullImage(engine, name, none)).id, id, 'missing: what is there is taken')
  t.equal((await pullImage(engine, name, { ...none, policy: 'never' })).id, id)
  const now = await pullImage(engine, name, { ...none, policy: 'always' })
  t.match(now, { id: (await inspectImage(engine, moved)).id }, 'always: the tag has moved')
  t.ok(now.digests.includes(`${host}/app@${movedDigest}`))
  t.not(now.id, id)
  const before = await pullImage(engine, forget(t, `${host}/app@${digest}`), { ...none, policy: 'always' })
  t.equal(before.id, id, 'a digest stays what it is')
})

t.test('several pull the same at once', { skip }, async (t) => {
  const engine = await testEngine(t)
  const { host } = await startRegistry(t)
  const name = forget(t, `${host}/app:1`)
  push(variant(t, testImage('busybox')), name)
  const pulled = await Promise.all(
    Array.from({ length: 4 }, () => pullImage(engine, name, { ...none, policy: 'always' })),
  )
  t.equal(new Set(pulled.map(({ id }) => id)).size, 1)
})

t.test('a registry that asks who one is', { skip }, async (t) => {
  const engine = await testEngine(t)
  const { host } = await startRegistry(t, { authenticated: true })
  const name = forget(t, `${host}/app:1`)
  const folder = await temporaryFolder(t)
  const auth = Buffer.from(`${account.username}:${account.password}`).toString('base64')
  await writeFile(join(folder, 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }))
  push(variant(t, testImage('busybox')), name, folder)
  const seen: PullProgress[] = []
  const onProgress = (one: PullProgress) => void seen.push(one)
  const denied = { kind: 'input', message: /cannot pull .*app:1: /, hint: new RegExp(`docker login ${host}`) }
  await rejects(t, pullImage(engine, name, { ...none, onProgress }), denied, 'nobody')
  const wrong = { username: 'me', password: 'wrong-s3cret', serveraddress: host }
  const error = await rejection(pullImage(engine, name, { ...none, auth: wrong }))
  t.match(error, { ...denied, hint: /refused the stored credentials/ })
  t.notMatch(String(error) + JSON.stringify(error), /s3cret/)
  t.match(await pullImage(engine, name, { env: { DOCKER_CONFIG: folder }, onProgress }), { tags: [name, /variant/] })
  t.notMatch(JSON.stringify(seen), /s3cret/)
})

t.test('what does not exist is not tried again; what is no name not at all', { skip }, async (t) => {
  const proxy = await createProxy(t, '/var/run/docker.sock')
  const engine = await testEngine(t, { kind: 'unix', path: proxy.path })
  const { host } = await startRegistry(t)
  push(variant(t, testImage('busybox')), `${host}/app:1`)
  for (const name of [`${host}/app:none`, `${host}/none:1`, `${host}/app@sha256:${'0'.repeat(64)}`]) {
    await rejects(
      t,
      pullImage(engine, name, none),
      { kind: 'not-found', message: /cannot pull/, hint: /Correct the name/ },
      name,
    )
  }
  await rejects(t, pullImage(engine, 'No Name', none), { kind: 'input' })
})

t.test('a registry in trouble is tried again, as often as said', { skip }, async (t) => {
  const engine = await testEngine(t)
  let [asked, failing] = [0, 2]
  const { host: upstream } = await startRegistry(t)
  // Each attempt asks for the manifest; the trouble passes after some of them.
  const server = createServer((request, response) => {
    if (request.url?.includes('/manifests/') && request.method === 'HEAD') asked++
    const location = `http://${upstream}${request.url}`
    if (request.url?.includes('/manifests/') && asked <= failing) response.writeHead(503).end('{"errors":[]}')
    else response.writeHead(307, { location }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  push(variant(t, testImage('busybox')), `${upstream}/app:1`)
  const name = forget(t, `${host}/app:1`)
  t.match(await pullImage(engine, name, none), { tags: [name, /variant/] })
  t.ok(asked > failing, 'it was tried again')
  ;[asked, failing] = [0, Infinity]
  const error = { kind: 'unavailable', message: /cannot pull/, hint: /Is the registry 127\.0\.0\.1:\d+ up/ }
  await rejects(t, pullImage(engine, name, { ...none, policy: 'always', retries: 0 }), error)
  await rejects(t, pullImage(engine, `127.0.0.1:1/${unique('app')}:1`, { ...none, retries: 1 }), {
    kind: 'unavailable',
  })
  const given = new AbortController()
  const pulling = rejection(pullImage(engine, name, { ...none, policy: 'always' }, { signal: given.signal }))
  given.abort()
  t.match(await pulling, { kind: 'timeout', message: /cancelled/ })
})

t.test('a pull whose connection is cut is tried again', { skip }, async (t) => {
  const proxy = await createProxy(t, '/var/run/docker.sock')
  const engine = await testEngine(t, { kind: 'unix', path: proxy.path })
  const { host } = await startRegistry(t)
  const name = forget(t, `${host}/app:1`)
  push(variant(t, testImage('busybox')), name)
  let cuts = 0
  const onProgress = () => {
    if (cuts++ === 0) proxy.cutAll()
  }
  t.match(await pullImage(engine, name, { ...none, policy: 'always', onProgress }), { tags: [name, /variant/] })
  t.ok(cuts > 1)
})
