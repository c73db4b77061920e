import { rejection, skipFor } from '@infrakit/testing'
import { docker, loseConfig, needsDocker, push, startRegistry, testImage, variant } from '@infrakit/testing/engine'
import t from 'tap'
import { isThere, serve, waits } from './support.js'

const skip = needsDocker.skip || skipFor(['docker-registry'])

t.test('what is prepared is there before an instance is made, and is not pulled again', { skip }, async (t) => {
  const registry = await startRegistry(t)
  const { prepare, resolve, ids, make } = await serve(t)
  const local = variant(t, testImage('busybox'))
  const name = `${registry.host}/app:1`
  const digest = push(local, name)
  const fixed = `${registry.host}/app@${digest}`
  t.teardown(() => docker('rmi', '--force', fixed))
  const given = { image: name, command: waits }
  const { Resolved } = await resolve.resolve({ Properties: given })
  const Properties = { ...given, Resolved }
  t.notOk(isThere(fixed), 'nothing was pulled yet')
  await prepare.prepare({ Properties })
  t.ok(isThere(fixed))
  t.same(await ids(), [], 'no instance was made')
  process.kill(registry.pid, 'SIGKILL')
  await prepare.prepare({ Properties })
  await make(Properties)
  t.equal((await ids()).length, 1, 'neither needs the registry')
})

t.test('what cannot be pulled is told', { skip }, async (t) => {
  const registry = await startRegistry(t)
  const { prepare, ids } = await serve(t)
  const local = variant(t, testImage('busybox'))
  const name = `${registry.host}/app:1`
  const digest = push(local, name)
  docker('rmi', '--force', local)
  await loseConfig(registry, digest)
  const Properties = { image: `${registry.host}/app@${digest}`, command: waits }
  t.match(await rejection(prepare.prepare({ Properties })), { message: /pull 127\.0\.0\.1:\d+\/app@sha256:/ })
  const nowhere = { image: `${registry.host}/nothing:1`, command: waits }
  t.match(await rejection(prepare.prepare({ Properties: nowhere })), { kind: 'not-found' })
  t.match(await rejection(prepare.prepare({ Properties: { image: 3 } })), { kind: 'input' })
  t.same(await ids(), [])
})
