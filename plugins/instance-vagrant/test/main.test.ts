import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tag } from '@infrakit/spi'
import { temporaryFolder, waitUntil } from '@infrakit/testing'
import { docker, testImage } from '@infrakit/testing/engine'
import { repositoryFile, startGroup } from '@infrakit/testing/repository'
import t from 'tap'
import { serve } from './serve.js'
import { containerProperties, needsVagrant, removeContainers } from './support.js'

t.test('the example runs as it stands; a removed machine is replaced', needsVagrant, async (t) => {
  const home = await temporaryFolder(t)
  const { instance, client } = await serve(t, home)
  const { objects } = await client.handshake()
  const names = ['Event', 'Fence', 'Instance', 'Job', 'Lifecycle', 'Logs', 'Resolve']
  t.same(objects.map(({ name }) => name).sort(), names)
  const seen = new Set<string>()
  t.teardown(() => seen.forEach((id) => docker('rm', '--force', '--volumes', id)))
  const running = async () => {
    const { Descriptions } = await instance.describeInstances({ Tags: { tier: 'web' } })
    const ids = Descriptions.filter(({ State }) => !State).map(({ ID }) => ID)
    for (const id of ids) seen.add(id)
    return ids
  }
  const infrakit = await startGroup(t, home)
  const file = join(home, 'example.yml')
  const example = readFileSync(repositoryFile('plugins/instance-vagrant/example.yml'), 'utf8')
  writeFileSync(file, example.replace('busybox:1.36', testImage('busybox')))
  await infrakit('group', 'commit', file)
  const [victim = '', other = ''] = await waitUntil(
    'two',
    async () => ((await running()).length === 2 ? running() : undefined),
    90_000,
  )
  docker('rm', '--force', '--volumes', victim)
  const replaced = async () => {
    const ids = await running()
    return ids.length === 2 && !ids.includes(victim) && ids.includes(other)
  }
  await waitUntil('another one in its place', replaced, 90_000)
  await infrakit('group', 'destroy', '--quiet', '--wait', 'vagrant-example')
  t.same(await running(), [])
  seen.clear()
})

t.test(
  'killed while it makes a machine: Vagrant comes to its end, and the machine is kept once',
  needsVagrant,
  async (t) => {
    const home = await temporaryFolder(t)
    const first = await serve(t, home, { INFRAKIT_FAILPOINT: 'vagrant/running' })
    const Spec = { Properties: containerProperties(first.dir), Tags: { [tag.provision]: home } }
    await t.rejects(first.instance.provision({ Spec }))
    t.match(await first.started.exited, { signal: 'SIGKILL' })
    const second = await serve(t, home)
    const { ID } = await second.instance.provision({ Spec })
    t.teardown(() => removeContainers([ID]))
    t.match((await second.instance.describeInstances({})).Descriptions, [{ ID, State: undefined }])
    t.equal(docker('ps', '--quiet', '--filter', `name=ik-${ID}`).split('\n').length, 1)
    await second.instance.destroy({ Instance: ID })
    t.notOk(existsSync(join(second.dir, ID)))
  },
)

t.test('killed before Vagrant began: nothing is left', needsVagrant, async (t) => {
  const home = await temporaryFolder(t)
  const first = await serve(t, home, { INFRAKIT_FAILPOINT: 'vagrant/run' })
  const Spec = { Properties: containerProperties(first.dir) }
  await t.rejects(first.instance.provision({ Spec }))
  const second = await serve(t, home)
  t.same((await second.instance.describeInstances({})).Descriptions, [])
  await second.started.end('SIGTERM')
})
