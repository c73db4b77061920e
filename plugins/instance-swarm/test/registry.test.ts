import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tag } from '@infrakit/spi'
import { rejection, skipFor, temporaryFolder } from '@infrakit/testing'
import { account, startRegistry, unique } from '@infrakit/testing/engine'
import t from 'tap'
import { needsSwarm, serve, testSwarm, waits } from './support.js'

const skip = needsSwarm.skip || skipFor(['docker-registry'])

t.test('an image of a registry that asks who one is', { skip }, async (t) => {
  const swarm = await testSwarm(t)
  const { first, image } = swarm
  const { host } = await startRegistry(t, { authenticated: true, namespace: first.namespace })
  const [known, unknown] = [await temporaryFolder(t), await temporaryFolder(t)]
  const auth = Buffer.from(`${account.username}:${account.password}`).toString('base64')
  await writeFile(join(known, 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }))
  /** Gives an image to the registry, and keeps its name. Engines remember what they have pulled, but not what they have pushed. */
  function push(given: string, name: string): string {
    first.docker('tag', given, name)
    first.docker('--config', known, 'push', '--quiet', name)
    return name
  }
  const forget = (given: string) => first.docker('rmi', '--force', given)

  const namespace = unique('ns')
  const friend = await serve(t, swarm, { namespace, env: { DOCKER_CONFIG: known } })
  const stranger = await serve(t, swarm, { namespace, env: { DOCKER_CONFIG: unknown } })
  const properties = (name: string) => ({
    image: name,
    command: waits,
    stop_signal: 'SIGKILL',
    stop_grace_period: '1s',
  })
  const pinned = async (name: string) => {
    const { Resolved } = await friend.resolve.resolve({ Properties: properties(name) })
    return Resolved as { Image: string }
  }
  const refused = { kind: 'plugin-failed', message: /cannot be started: No such image/ }

  await t.test('a new instance', async (t) => {
    const container = first.docker('create', image)
    const other = first.docker('commit', '--change', 'ENV OTHER=1', container)
    first.docker('rm', container)
    const name = push(other, `${host}/other:1`)
    forget(other)
    const denied = { kind: 'input', hint: new RegExp(`docker login ${host}`) }
    t.match(await rejection(stranger.resolve.resolve({ Properties: properties(name) })), denied)
    const Resolved = await pinned(name)
    t.match(Resolved.Image, new RegExp(`^${host}/other@sha256:`))
    t.match(await rejection(stranger.make({ ...properties(name), Resolved })), refused, 'control: without an account')
    t.same(stranger.services(), [], 'and nothing is left')
    const id = await friend.make({ ...properties(name), Resolved })
    t.match(await friend.describe(id), { State: undefined, Properties: Resolved }, 'the node was let in')
    t.notMatch(friend.started.output(), account.password)
    await friend.instance.destroy({ Instance: id })
  })

  await t.test('one that is updated in place', async (t) => {
    const name = push(image, `${host}/app:1`)
    const Resolved = await pinned(name)
    const provision = async (by: typeof friend, hash: string, memory: string) => {
      const deploy = { resources: { limits: { memory } } }
      const Tags = { [tag.group]: 'g', [tag.configHash]: hash, [tag.provision]: unique('key') }
      return (await by.instance.provision({ Spec: { Properties: { ...properties(name), Resolved, deploy }, Tags } })).ID
    }
    const id = await provision(stranger, 'one', '32m')
    forget(name)
    t.match(await rejection(provision(stranger, 'two', '48m')), refused, 'control: without an account')
    t.equal(await provision(friend, 'three', '64m'), id, 'the same instance, with the account of the plugin')
    t.match(await friend.describe(id), { State: undefined, Tags: { [tag.configHash]: 'three' } })
    await friend.instance.destroy({ Instance: id })
  })
})
