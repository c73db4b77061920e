import { chmod, chown, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t from 'tap'
import { rejection, temporaryFolder, waitUntil } from '@infrakit/testing'
import { createProxy, type Manner, needsDocker, testImage } from '@infrakit/testing/engine'
import { inspectContainer, listContainers, removeContainer, startContainer } from '../src/containers.js'
import { openEngine } from '../src/engine.js'
import { execInContainer } from '../src/exec.js'
import { inspectImage } from '../src/images.js'
import { inspectNetwork } from '../src/networks.js'
import { engineVersion } from '../src/version.js'
import { rejects, testContainer, testEngine } from './support.js'

const socket = '/var/run/docker.sock'
const answer = (status: string, type: string, body: string) => ({
  say: `HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
})

t.test('an engine that is not there: what to do is said, and it is found once it is there', needsDocker, async (t) => {
  const proxy = await createProxy(t, socket)
  const engine = await testEngine(t, { kind: 'unix', path: proxy.path })
  await proxy.close()
  const error = {
    kind: 'unavailable',
    message: /ask the engine.*unix:\/\/.*proxy\.sock cannot be used/,
    hint: /Is the engine running/,
  }
  await rejects(t, engineVersion(engine), error)
  const absent = await testEngine(t, { kind: 'tcp', host: '127.0.0.1', port: 1 })
  await rejects(t, engineVersion(absent), { kind: 'unavailable', hint: /Is the engine running/ })
  const unknown = await testEngine(t, { kind: 'tcp', host: 'no-such-host.invalid', port: 1 })
  await rejects(t, engineVersion(unknown), { kind: 'unavailable', hint: /name of the host/ })
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'file'), '')
  const file = await testEngine(t, { kind: 'unix', path: join(folder, 'file') })
  await rejects(t, engineVersion(file), { kind: 'unavailable', hint: /./ })
})

const skip = process.getuid?.() === 0 ? needsDocker.skip : 'needs to be root, to become somebody else'
t.test('a socket that may not be opened: the hint names the group', { skip }, async (t) => {
  const proxy = await createProxy(t, socket)
  await chmod(dirname(proxy.path), 0o755)
  await chown(proxy.path, 0, 0)
  await chmod(proxy.path, 0o600)
  const engine = await testEngine(t, { kind: 'unix', path: proxy.path })
  process.seteuid?.(65534)
  const error = await rejection(engineVersion(engine)).finally(() => process.seteuid?.(0))
  t.match(error, { kind: 'unavailable', message: /EACCES/, hint: /group docker/ })
})

t.test('what comes back is no answer of an engine', needsDocker, async (t) => {
  const proxy = await createProxy(t, socket)
  const engine = await testEngine(t, { kind: 'unix', path: proxy.path })
  const image = testImage('busybox')
  const { id } = await testContainer(t, image)
  const cases: [manner: Manner, kind: string, message: RegExp][] = [
    [{ say: 'garbage\r\n\r\n' }, 'unavailable', /cannot be used/],
    [answer('200 OK', 'text/html', '<html>'), 'unavailable', /answered what no Docker engine does/],
    [answer('200 OK', 'application/json', '{"a": '), 'unavailable', /no JSON/],
    [answer('200 OK', 'application/json', '{}'), 'unavailable', /answered what no Docker engine does/],
    [answer('200 OK', 'application/json', '[1]'), 'unavailable', /answered what no Docker engine does/],
    [
      answer('500 Oops', 'application/json', '{"message":"the disk is on fire"}'),
      'plugin-failed',
      /the disk is on fire/,
    ],
    [answer('500 Oops', 'text/html', '<html>'), 'plugin-failed', /<html>/],
    [answer('502 Bad', 'text/html', 'gateway'), 'unavailable', /gateway/],
    ['cut', 'unavailable', /socket hang up|ECONNRESET/],
    ['half', 'unavailable', /aborted|ECONNRESET|hang up/],
  ]
  for (const [manner, kind, message] of cases) {
    proxy.cutAll()
    proxy.manner = manner
    const reads = [inspectContainer(engine, id), inspectImage(engine, image), listContainers(engine)]
    const what = JSON.stringify(manner)
    for (const error of await Promise.all(
      [...reads, inspectNetwork(engine, 'bridge'), engineVersion(engine)].map(rejection),
    )) {
      if (what.includes('{}') || what.includes('[1]')) t.match(error, { kind }, what)
      else t.match(error, { kind, message: new RegExp(`^cannot .*${message.source}`) }, what)
    }
  }
  proxy.manner = 'pass'
  t.match(await inspectContainer(engine, id), { id }, 'and afterwards all is well')
})

t.test('silence ends by the timeout or the signal, and leaves no connection', needsDocker, async (t) => {
  const proxy = await createProxy(t, socket)
  const engine = await testEngine(t, { kind: 'unix', path: proxy.path })
  const { id } = await testContainer(t, testImage('busybox'))
  proxy.manner = 'silent'
  const cancel = new AbortController()
  const calls = [
    (call: object) => inspectContainer(engine, id, call),
    (call: object) => startContainer(engine, id, call),
    (call: object) => removeContainer(engine, id, call),
    (call: object) => inspectNetwork(engine, 'bridge', call),
    (call: object) => inspectImage(engine, 'a', call),
    (call: object) => execInContainer(engine, id, { command: ['true'] }, call),
    (call: object) => engineVersion(engine, call),
  ]
  for (const call of calls)
    await rejects(t, call({ timeout: 50 }), { kind: 'timeout', message: /within 50 ms/, hint: /not known/ })
  const cancelled = calls.map((call) => rejection(call({ signal: cancel.signal })))
  await waitUntil('the connections', () => proxy.open === calls.length)
  cancel.abort()
  for (const error of await Promise.all(cancelled))
    t.match(error, { kind: 'timeout', message: /cancelled by the caller/ })
  await waitUntil('no connection', () => proxy.open === 0)
})

t.test('connections are kept and used again, and end with the engine', needsDocker, async (t) => {
  const proxy = await createProxy(t, socket)
  const engine = await openEngine({ kind: 'unix', path: proxy.path })
  for (let n = 0; n < 5; n++) await engineVersion(engine)
  t.equal(proxy.count, 1)
  // The engine has gone and come again: the kept connection is dead, which the client may not have noticed yet.
  proxy.cutAll()
  t.match(await engineVersion(engine), { version: /./ })
  t.equal(proxy.count, 2)
  proxy.manner = 'silent'
  const waiting = rejection(engineVersion(engine))
  await waitUntil('the call', () => proxy.open > 0)
  engine.close()
  engine.close()
  t.match(await waiting, { kind: 'unavailable', message: /closed here/ })
  await rejects(t, engineVersion(engine), { kind: 'unavailable', message: /closed here/ })
  await waitUntil('no connection', () => proxy.open === 0)
})
