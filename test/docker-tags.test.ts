import { skipFor, waitUntil } from '@infrakit/testing'
import { docker as run, push, startRegistry, testImage, variant } from '@infrakit/testing/engine'
import t from 'tap'
import { containerOf, createDockerWorld, dockerGroup } from './docker/world.js'

t.setTimeout(120_000)

const needsRegistry = { skip: skipFor(['docker', 'busybox', 'docker-registry']) }

t.test(
  'a tag that has moved rolls a group when it is committed, and one that has not does not',
  needsRegistry,
  async (t) => {
    const { host } = await startRegistry(t)
    const docker = await createDockerWorld(t)
    const { world, containers } = docker
    await docker.start()
    const name = `${host}/app:latest`
    t.teardown(() => forget(host))
    const first = push(testImage('busybox'), name)
    const pace = { Updating: { Duration: '30ms' }, Healing: { Interval: '100ms' } }
    const spec = dockerGroup('web', 2, containerOf(name, 1, { pull_policy: 'always' }), pace)
    const ids = async () => (await containers('web')).map(({ id }) => id).sort()
    const images = async () => {
      const all = (await ids()).map((id) => docker.docker('inspect', '--format', '{{.Config.Image}}', id))
      return [...new Set(all)]
    }
    await world.commit(spec)
    const { ConfigHash } = await world.converged('web')
    t.same(await images(), [`${host}/app@${first}`], 'made of what the tag stood for')
    const before = await ids()

    await world.commit(spec)
    t.match(await world.converged('web'), { ConfigHash })
    t.same(await ids(), before, 'the tag stands for the same: nothing is done')

    const second = push(variant(t, testImage('busybox')), name)
    t.not(second, first)
    const [lost, kept] = before
    docker.docker('rm', '--force', lost ?? '')
    const healed = async () => (await ids()).length === 2 && !(await ids()).includes(lost ?? '')
    await waitUntil('another one', healed, 25_000)
    t.ok((await ids()).includes(kept ?? ''))
    t.same(
      await images(),
      [`${host}/app@${first}`],
      'it was moved: one that is healed is like its sibling nevertheless',
    )

    await world.commit(spec)
    const rolled = async () => (await images()).join() === `${host}/app@${second}`
    await waitUntil('the group to roll', rolled, 40_000)
    const after = await world.converged('web')
    t.not(after.ConfigHash, ConfigHash)
    t.notOk(
      (await ids()).some((id) => before.includes(id)),
      'committed again, it rolls',
    )
  },
)

/** Images of a registry that is gone, by name or digest. */
function forget(host: string): void {
  const all = run('images', '--digests', '--format', '{{.Repository}} {{.Tag}} {{.Digest}}').split('\n')
  for (const line of all.filter((one) => one.startsWith(`${host}/`))) {
    const [repository, tag, digest] = line.split(' ')
    const names = [
      tag === '<none>' ? [] : [`${repository}:${tag}`],
      digest === '<none>' ? [] : [`${repository}@${digest}`],
    ]
    for (const name of names.flat()) run('rmi', '--force', name)
  }
}
