import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { rejection, skipFor, temporaryFolder } from '@infrakit/testing'
import {
  account,
  docker,
  inspect,
  needsDocker,
  push,
  startRegistry,
  testImage,
  unique,
  variant,
} from '@infrakit/testing/engine'
import t, { type Test } from 'tap'
import { idOf, isThere, serve, waits } from './support.js'

const skip = needsDocker.skip || skipFor(['docker-registry'])

/** A registry that asks who one is, and a plugin that knows. */
async function privateRegistry(t: Test) {
  const registry = await startRegistry(t, { authenticated: true })
  const config = await temporaryFolder(t)
  const auth = Buffer.from(`${account.username}:${account.password}`).toString('base64')
  await writeFile(join(config, 'config.json'), JSON.stringify({ auths: { [registry.host]: { auth } } }))
  const name = `${registry.host}/app:1`
  t.teardown(() => {
    const left = docker('images', '-q', '--filter', `reference=${registry.host}/app`, '--digests')
    for (const id of new Set(left.split('\n').filter(Boolean))) docker('rmi', '-f', id)
  })
  return { registry, config, name }
}

t.test('a moved tag resolves to another digest, an unmoved one to the same; nothing is pulled', { skip }, async (t) => {
  const { registry, config, name } = await privateRegistry(t)
  const { make, resolve, again } = await serve(t, { env: { DOCKER_CONFIG: config } })
  const [old, moved] = [variant(t, testImage('busybox')), variant(t, testImage('busybox'))]
  const resolved = async (more: object = {}, by = resolve) => {
    const { Resolved } = await by.resolve({ Properties: { image: name, command: waits, ...more } })
    return (Resolved as { Image: string }).Image
  }
  const digest = push(old, name, config)
  const first = await resolved()
  t.equal(first, `${registry.host}/app@${digest}`)
  t.equal(await resolved(), first, 'unmoved')
  t.equal(await resolved({ pull_policy: 'always' }), first)
  t.notOk(isThere(name) || isThere(first), 'nothing was pulled')
  t.match(await rejection(resolved({ pull_policy: 'never' })), {
    kind: 'not-found',
    message: /there is no image/,
    hint: /pull_policy is "never"/,
  })

  const properties = { image: name, command: waits, Resolved: { Image: first } }
  const one = inspect(await make(properties))
  t.equal(one.Image, idOf(old))
  t.notOk(isThere(name), 'an instance pulls the digest; the tag is not known to the engine by that')
  docker('tag', old, name)
  t.equal(await resolved({ pull_policy: 'never' }), first, 'never: what the engine has')
  const movedDigest = push(moved, name, config)
  const second = await resolved()
  t.equal(second, `${registry.host}/app@${movedDigest}`, 'moved, though the engine has the image of before')
  docker('tag', moved, name)
  t.equal(inspect(await make(properties)).Image, idOf(old), 'a healed instance has the image of its commit')
  docker('tag', old, name)
  t.equal(await resolved(), second)
  t.equal(await resolved({ image: first }), first, 'a digest is what it is')
  t.equal(await resolved({ image: idOf(old) }), idOf(old), 'and so is an ID')

  const stranger = await again('SIGTERM', { env: { DOCKER_CONFIG: await temporaryFolder(t) } })
  const denied = { kind: 'input', message: /ask 127\.0\.0\.1:\d+ for the digest of/, hint: /docker login 127/ }
  t.match(await rejection(resolved({ pull_policy: 'always' }, stranger.resolve)), denied)
  t.match(await rejection(resolved({ image: `${registry.host}/other:1` }, stranger.resolve)), denied)
  process.kill(registry.pid, 'SIGKILL')
  const away = { kind: 'unavailable', message: /refused/, hint: /Is the registry .* up/ }
  t.match(await rejection(resolved({ pull_policy: 'always' }, stranger.resolve)), away)
  t.equal(await resolved({}, stranger.resolve), first, 'missing: the image that the engine has does')
  t.match(stranger.started.output(), /the registry does not say what the image is now/)
})

t.test('an image that is in no registry is what the engine has', needsDocker, async (t) => {
  const { resolve, make } = await serve(t)
  const name = `${unique('local')}:1`
  const [old, moved] = [variant(t, testImage('busybox')), variant(t, testImage('busybox'))]
  t.teardown(() => docker('rmi', '-f', name))
  for (const image of [old, moved]) {
    docker('tag', image, name)
    for (const pull_policy of ['missing', 'never']) {
      const Properties = { image: name, pull_policy }
      t.match(await resolve.resolve({ Properties }), { Resolved: { Image: idOf(image) } }, pull_policy)
    }
  }
  const properties = { image: name, command: waits, Resolved: { Image: idOf(old) } }
  t.equal(inspect(await make(properties)).Image, idOf(old))
})
